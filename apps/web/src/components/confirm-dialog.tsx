'use client';

import { AlertDialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { errorTextOf, forget, type RequestState } from '#lib/request-state.ts';
import { Button } from './button.tsx';

const IDLE: RequestState = { isPending: false, error: null };

interface ConfirmDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  title: string;
  /** What will happen, and what cannot be undone. */
  description: ReactNode;
  /** A verb: what the button does. */
  action: string;
  isDangerous?: boolean | undefined;
  /** What is asked for on confirmation, as it goes. */
  request?: RequestState | undefined;
  onConfirm: () => void;
  /** Between Cancel and the action. */
  extraAction?: ReactNode;
}

/** Asks before something is done. It stays open and shows why the request failed; its owner closes it. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { isOpen, onOpenChange, title, description, action, onConfirm, extraAction } = props;
  const { request = IDLE } = props;
  const error = errorTextOf(request);

  function change(next: boolean) {
    forget(request);
    onOpenChange(next);
  }

  return (
    <Radix.Root open={isOpen} onOpenChange={change}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-fade bg-overlay" />
        <Radix.Content className="fixed top-[20vh] left-1/2 z-40 flex w-[calc(100vw-2rem)] max-w-md -translate-x-1/2 animate-pop flex-col gap-2 rounded-xl bg-raised p-5 shadow-3 focus:outline-none">
          <Radix.Title className="font-semibold text-base">{title}</Radix.Title>
          <Radix.Description asChild>
            <div className="text-ink-2 text-sm">{description}</div>
          </Radix.Description>
          {error !== undefined && (
            <p role="alert" className="text-danger text-sm">
              {error}
            </p>
          )}
          <div className="mt-3 flex flex-wrap justify-end gap-2">
            <Radix.Cancel asChild>
              <Button>Cancel</Button>
            </Radix.Cancel>
            {extraAction}
            <Button
              variant={props.isDangerous === true ? 'danger' : 'primary'}
              isBusy={request.isPending}
              onClick={onConfirm}
            >
              {action}
            </Button>
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
