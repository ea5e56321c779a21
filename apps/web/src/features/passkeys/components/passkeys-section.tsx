'use client';

import { PodexError } from '@podex/contracts/errors';
import { useQuery } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { PromptDialog } from '#components/prompt-dialog.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import {
  type Passkey,
  passkeysQuery,
  useAddPasskey,
  useDeletePasskey,
  useRenamePasskey,
} from '../api/passkeys.ts';
import { canUsePasskeys } from '../model/ceremony.ts';
import { ConfirmPasswordDialog } from './confirm-password-dialog.tsx';

const NAME_MAX = 80;

/** The account’s passkeys. */
export function PasskeysSection() {
  const passkeys = useQuery(passkeysQuery());
  const [isPossible, setPossible] = useState(true);
  const [isAdding, setAdding] = useState(false);
  useEffect(() => setPossible(canUsePasskeys()), []);
  return (
    <section aria-labelledby="passkeys-title">
      <div className="mb-3 flex items-center justify-between gap-4">
        <div className="min-w-0">
          <h2 id="passkeys-title" className="font-semibold text-base tracking-tight">
            Passkeys
          </h2>
          <p className="text-ink-2 text-xs">
            {isPossible
              ? 'Sign in with your finger, face or PIN in place of a password and a code.'
              : "This browser can't use passkeys here. They need https, a host name and a current browser."}
          </p>
        </div>
        <Button size="sm" disabled={!isPossible} onClick={() => setAdding(true)}>
          <Plus aria-hidden className="size-4" />
          Add a passkey
        </Button>
      </div>
      {passkeys.isPending && <Skeleton className="h-20 w-full" />}
      {passkeys.isError && passkeys.data === undefined && (
        <ErrorState
          title="Can't load your passkeys"
          message={messageOf(passkeys.error)}
          isRetrying={passkeys.isFetching}
          onRetry={() => passkeys.refetch()}
        />
      )}
      {passkeys.data?.length === 0 && (
        <div className="rounded-lg border border-line-strong border-dashed py-6">
          <EmptyState icon={<KeyRound />} title="No passkeys">
            A passkey stays on your device or in your password manager.
          </EmptyState>
        </div>
      )}
      {passkeys.data !== undefined && passkeys.data.length > 0 && (
        <ul className="divide-y divide-line rounded-lg border bg-surface">
          {passkeys.data.map((passkey) => (
            <PasskeyRow key={passkey.id} passkey={passkey} />
          ))}
        </ul>
      )}
      <AddDialog isOpen={isAdding} onOpenChange={setAdding} />
    </section>
  );
}

interface AddDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

function AddDialog({ isOpen, onOpenChange }: AddDialogProps) {
  const add = useAddPasskey();
  const [confirming, setConfirming] = useState<string>();

  function addAs(name: string) {
    add.mutate(name, {
      onSuccess: () => {
        onOpenChange(false);
        toast.success('Passkey added');
      },
      onError: (error) => {
        if (isToBeConfirmed(error)) setConfirming(name);
      },
    });
  }

  return (
    <>
      <PromptDialog
        isOpen={isOpen && confirming === undefined}
        onOpenChange={(next) => {
          onOpenChange(next);
          add.reset();
        }}
        title="Add a passkey"
        label="Name"
        placeholder="Laptop"
        maxLength={NAME_MAX}
        action="Continue"
        isBusy={add.isPending}
        error={add.isError ? messageOf(add.error) : undefined}
        onSubmit={addAs}
      />
      <ConfirmPasswordDialog
        isOpen={confirming !== undefined}
        onOpenChange={(next) => {
          if (!next) setConfirming(undefined);
        }}
        onConfirmed={() => {
          if (confirming !== undefined) addAs(confirming);
        }}
      />
    </>
  );
}

type OpenDialog = 'rename' | 'delete' | 'confirm';

function PasskeyRow({ passkey }: { passkey: Passkey }) {
  const [dialog, setDialog] = useState<OpenDialog>();
  const rename = useRenamePasskey();
  const remove = useDeletePasskey();
  const close = () => setDialog(undefined);

  function removeIt() {
    remove.mutate(passkey.id, {
      onSuccess: () => toast.success('Passkey deleted'),
      onError: (error) => {
        if (isToBeConfirmed(error)) setDialog('confirm');
      },
    });
  }

  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0">
        <p className="truncate font-medium">{passkey.name}</p>
        {passkey.createdAt !== undefined && (
          <p className="text-ink-2 text-xs">Added {new Date(passkey.createdAt).toLocaleDateString()}</p>
        )}
      </div>
      <div className="flex gap-2">
        <Button size="sm" onClick={() => setDialog('rename')} aria-label={`Rename ${passkey.name}`}>
          Rename
        </Button>
        <Button size="sm" onClick={() => setDialog('delete')} aria-label={`Delete ${passkey.name}`}>
          Delete
        </Button>
      </div>
      <PromptDialog
        isOpen={dialog === 'rename'}
        onOpenChange={close}
        title="Rename this passkey"
        label="Name"
        initialValue={passkey.name}
        maxLength={NAME_MAX}
        action="Rename"
        isBusy={rename.isPending}
        error={rename.isError ? messageOf(rename.error) : undefined}
        onSubmit={(name) => rename.mutate({ id: passkey.id, name }, { onSuccess: close })}
      />
      <ConfirmDialog
        isOpen={dialog === 'delete'}
        onOpenChange={close}
        title="Delete this passkey?"
        description={`${passkey.name} no longer signs you in, and your other sessions end. Delete it in your password manager as well.`}
        action="Delete"
        isDangerous
        isBusy={remove.isPending}
        error={remove.isError ? messageOf(remove.error) : undefined}
        onConfirm={removeIt}
      />
      <ConfirmPasswordDialog isOpen={dialog === 'confirm'} onOpenChange={close} onConfirmed={removeIt} />
    </li>
  );
}

/** The sign-in is some minutes old, and the password is asked for once more. */
function isToBeConfirmed(error: unknown): boolean {
  return PodexError.has(error, 'confirmation_required');
}
