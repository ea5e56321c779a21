'use client';

import type { FormEvent, ReactNode } from 'react';
import { messageOf } from '#lib/api-client.ts';
import type { RequestState } from '#lib/request-state.ts';
import { Button } from './button.tsx';
import { Notice } from './notice.tsx';

interface FormProps {
  /** What the form asks for, as it goes. */
  request: RequestState;
  /** A verb: what the button does. */
  action: string;
  isDangerous?: boolean | undefined;
  /** In a dialog: leaves it. */
  onCancel?: (() => void) | undefined;
  /** The element is for emptying it afterwards. */
  onSubmit: (values: FormData, element: HTMLFormElement) => void;
  children: ReactNode;
}

/** Fields, the error of the last try above them, and the button below. The browser checks nothing: the fields say what is wrong. */
export function Form({ request, action, isDangerous = false, onCancel, onSubmit, children }: FormProps) {
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    onSubmit(new FormData(event.currentTarget), event.currentTarget);
  }
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <RequestError error={request.error} />
      {children}
      <div className={onCancel === undefined ? 'flex' : 'mt-1 flex flex-wrap justify-end gap-2'}>
        {onCancel !== undefined && <Button onClick={onCancel}>Cancel</Button>}
        <Button type="submit" variant={isDangerous ? 'danger' : 'primary'} isBusy={request.isPending}>
          {action}
        </Button>
      </div>
    </form>
  );
}

/** Why the last try failed; nothing while there is no reason. */
export function RequestError({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null;
  return (
    <Notice tone="danger" isAlert>
      {messageOf(error)}
    </Notice>
  );
}

/** Of one text field, empty where it is missing. */
export function fieldText(values: FormData, name: string): string {
  const value = values.get(name);
  return typeof value === 'string' ? value : '';
}
