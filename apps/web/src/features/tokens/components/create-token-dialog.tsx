'use client';

import { type createdToken, createTokenInput, type TokenScope } from '@podex/contracts/accounts';
import { type FormEvent, useState } from 'react';
import type { z } from 'zod';
import { Button } from '#components/button.tsx';
import { Dialog, DialogActions } from '#components/dialog.tsx';
import { CONTROL_CLASS, Field, TextField } from '#components/field.tsx';
import { Notice } from '#components/notice.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { copyText } from '#lib/clipboard.ts';
import { useCreateToken } from '../api/tokens-query.ts';

type CreatedToken = z.infer<typeof createdToken>;

interface CreateTokenDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  isAdmin: boolean;
}

export function CreateTokenDialog({ isOpen, onOpenChange, isAdmin }: CreateTokenDialogProps) {
  const [created, setCreated] = useState<CreatedToken>();

  function close() {
    onOpenChange(false);
    setCreated(undefined);
  }

  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={(next) => (next ? onOpenChange(true) : close())}
      title={created === undefined ? 'New token' : 'Token created'}
      description={
        created === undefined
          ? 'A program that sends it acts as you.'
          : 'Copy the token now. It is shown only this once.'
      }
    >
      {created === undefined ? (
        <TokenForm isAdmin={isAdmin} onCancel={close} onCreated={setCreated} />
      ) : (
        <CreatedSecret created={created} onDone={close} />
      )}
    </Dialog>
  );
}

interface Access {
  label: string;
  scopes: TokenScope[];
}

const ACCESS: Readonly<Record<string, Access>> = {
  all: { label: 'Everything that you can do', scopes: ['read', 'workspaces', 'agent', 'account'] },
  work: { label: 'Workspaces and agents', scopes: ['read', 'workspaces', 'agent'] },
  read: { label: 'Read only', scopes: ['read'] },
  approve: { label: 'Approve or deny what agents ask', scopes: ['approve'] },
  admin: { label: 'Administration too', scopes: ['admin'] },
};
const DAYS = [7, 30, 90, 365];
const DEFAULT_DAYS = 90;

interface TokenFormProps {
  isAdmin: boolean;
  onCancel: () => void;
  onCreated: (created: CreatedToken) => void;
}

function TokenForm({ isAdmin, onCancel, onCreated }: TokenFormProps) {
  const [problem, setProblem] = useState<string>();
  const create = useCreateToken();

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const input = createTokenInput.safeParse({
      name: form.get('name'),
      scopes: ACCESS[String(form.get('access'))]?.scopes,
      expires_in_days: Number(form.get('days')),
    });
    setProblem(input.success ? undefined : 'Enter a name of at most 80 characters.');
    if (input.success) create.mutate(input.data, { onSuccess: onCreated });
  }

  return (
    <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
      {create.isError && (
        <Notice tone="danger" isAlert>
          {messageOf(create.error)}
        </Notice>
      )}
      <TextField
        label="Name"
        name="name"
        hint="What it is for."
        autoComplete="off"
        autoFocus
        maxLength={80}
        error={problem}
      />
      <Field label="Access">
        {(control) => (
          <select {...control} name="access" defaultValue="all" className={`${CONTROL_CLASS} h-8`}>
            {Object.entries(ACCESS)
              .filter(([name]) => isAdmin || name !== 'admin')
              .map(([name, { label }]) => (
                <option key={name} value={name}>
                  {label}
                </option>
              ))}
          </select>
        )}
      </Field>
      <Field label="Expires after">
        {(control) => (
          <select {...control} name="days" defaultValue={DEFAULT_DAYS} className={`${CONTROL_CLASS} h-8`}>
            {DAYS.map((days) => (
              <option key={days} value={days}>
                {days} days
              </option>
            ))}
          </select>
        )}
      </Field>
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={create.isPending}>
          Create token
        </Button>
      </DialogActions>
    </form>
  );
}

function CreatedSecret({ created, onDone }: { created: CreatedToken; onDone: () => void }) {
  async function copy() {
    await copyText(created.secret);
    toast.success('Token copied');
  }
  return (
    <>
      <TextField
        label={created.name}
        readOnly
        value={created.secret}
        onFocus={(event) => event.currentTarget.select()}
        className="font-mono"
        hint={
          created.expires_at === null
            ? undefined
            : `Expires ${new Date(created.expires_at).toLocaleString()}.`
        }
      />
      <DialogActions>
        <Button onClick={() => void copy()}>Copy token</Button>
        <Button variant="primary" onClick={onDone}>
          Done
        </Button>
      </DialogActions>
    </>
  );
}
