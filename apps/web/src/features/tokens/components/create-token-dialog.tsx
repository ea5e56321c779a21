'use client';

import { type createdToken, createTokenInput, type TokenScope } from '@podex/contracts/accounts';
import { useState } from 'react';
import type { z } from 'zod';
import { Dialog } from '#components/dialog.tsx';
import { CONTROL_CLASS, Field, TextField } from '#components/field.tsx';
import { Form } from '#components/form.tsx';
import { ShownOnce } from '#components/shown-once.tsx';
import { countOf } from '#lib/format.ts';
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
        <ShownOnce
          label={created.name}
          value={created.secret}
          noun="token"
          expiresAt={created.expires_at}
          onDone={close}
        />
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

  function onSubmit(form: FormData) {
    const input = createTokenInput.safeParse({
      name: form.get('name'),
      scopes: ACCESS[String(form.get('access'))]?.scopes,
      expires_in_days: Number(form.get('days')),
    });
    setProblem(input.success ? undefined : 'Enter a name of at most 80 characters.');
    if (input.success) create.mutate(input.data, { onSuccess: onCreated });
  }

  return (
    <Form request={create} action="Create token" onCancel={onCancel} onSubmit={onSubmit}>
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
                {countOf(days, 'day')}
              </option>
            ))}
          </select>
        )}
      </Field>
    </Form>
  );
}
