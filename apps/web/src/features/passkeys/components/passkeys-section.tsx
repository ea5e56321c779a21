'use client';

import { PodexError } from '@podex/contracts/errors';
import { useQuery } from '@tanstack/react-query';
import { Fingerprint, Plus } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { LoadedRows } from '#components/loaded.tsx';
import { PromptDialog } from '#components/prompt-dialog.tsx';
import { Row } from '#components/row.tsx';
import { Section } from '#components/section.tsx';
import { toast } from '#components/toaster.tsx';
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
    <Section
      title="Passkeys"
      description={
        isPossible
          ? 'Sign in with your finger, face or PIN in place of a password and a code.'
          : "This browser can't use passkeys here. They need https, a host name and a current browser."
      }
      isFlush
      actions={
        <Button size="sm" disabled={!isPossible} onClick={() => setAdding(true)}>
          <Plus aria-hidden className="size-4" />
          New passkey
        </Button>
      }
    >
      <LoadedRows
        query={passkeys}
        what="your passkeys"
        empty={
          <EmptyState icon={<Fingerprint />} title="No passkeys">
            A passkey stays on your device or in your password manager.
          </EmptyState>
        }
      >
        {(passkey) => <PasskeyRow key={passkey.id} passkey={passkey} />}
      </LoadedRows>
      <AddDialog isOpen={isAdding} onOpenChange={setAdding} />
    </Section>
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
        onOpenChange={onOpenChange}
        title="New passkey"
        label="Name"
        placeholder="Laptop"
        maxLength={NAME_MAX}
        action="Continue"
        request={add}
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
    <Row
      title={passkey.name}
      detail={
        passkey.createdAt === undefined
          ? undefined
          : `Added ${new Date(passkey.createdAt).toLocaleDateString()}`
      }
    >
      <Button size="sm" onClick={() => setDialog('rename')} aria-label={`Rename ${passkey.name}`}>
        Rename
      </Button>
      <Button size="sm" onClick={() => setDialog('delete')} aria-label={`Delete ${passkey.name}`}>
        Delete
      </Button>
      <PromptDialog
        isOpen={dialog === 'rename'}
        onOpenChange={close}
        title="Rename this passkey"
        label="Name"
        initialValue={passkey.name}
        maxLength={NAME_MAX}
        action="Rename"
        request={rename}
        onSubmit={(name) => rename.mutate({ id: passkey.id, name }, { onSuccess: close })}
      />
      <ConfirmDialog
        isOpen={dialog === 'delete'}
        onOpenChange={close}
        title="Delete this passkey?"
        description={`${passkey.name} no longer signs you in, and your other sessions end. Delete it in your password manager as well.`}
        action="Delete"
        isDangerous
        request={remove}
        onConfirm={removeIt}
      />
      <ConfirmPasswordDialog isOpen={dialog === 'confirm'} onOpenChange={close} onConfirmed={removeIt} />
    </Row>
  );
}

/** The sign-in is some minutes old, and the password is asked for once more. */
function isToBeConfirmed(error: unknown): boolean {
  return PodexError.has(error, 'confirmation_required');
}
