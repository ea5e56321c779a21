'use client';

import { userRole } from '@podex/contracts/accounts';
import { type CreatedInvitation, createInvitationInput } from '@podex/contracts/invitations';
import { type FormEvent, useState } from 'react';
import { Button } from '#components/button.tsx';
import { Dialog, DialogActions } from '#components/dialog.tsx';
import { CONTROL_CLASS, Field, TextField } from '#components/field.tsx';
import { Notice } from '#components/notice.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { copyText } from '#lib/clipboard.ts';
import { useInvite } from '../api/invitations-query.ts';

interface InviteDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

export function InviteDialog({ isOpen, onOpenChange }: InviteDialogProps) {
  const [created, setCreated] = useState<CreatedInvitation>();

  function close() {
    onOpenChange(false);
    setCreated(undefined);
  }

  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={(next) => (next ? onOpenChange(true) : close())}
      title={created === undefined ? 'Invite a person' : 'Invitation created'}
      description={
        created === undefined
          ? 'You get a link to send. It works once, for this email address.'
          : created.mailed
            ? `We emailed this link to ${created.email}. It is shown only now.`
            : `Send this link to ${created.email}. It is shown only now.`
      }
    >
      {created === undefined ? (
        <InviteForm onCancel={close} onCreated={setCreated} />
      ) : (
        <CreatedLink created={created} onDone={close} />
      )}
    </Dialog>
  );
}

interface InviteFormProps {
  onCancel: () => void;
  onCreated: (created: CreatedInvitation) => void;
}

function InviteForm({ onCancel, onCreated }: InviteFormProps) {
  const [problem, setProblem] = useState<string>();
  const invite = useInvite();

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const input = createInvitationInput.safeParse({ email: form.get('email'), role: form.get('role') });
    setProblem(input.success ? undefined : 'Enter an email address.');
    if (input.success) invite.mutate(input.data, { onSuccess: onCreated });
  }

  return (
    <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
      {invite.isError && (
        <Notice tone="danger" isAlert>
          {messageOf(invite.error)}
        </Notice>
      )}
      <TextField label="Email" name="email" type="email" autoComplete="off" autoFocus error={problem} />
      <Field label="Role" hint="Admins manage servers, settings and people.">
        {(control) => (
          <select {...control} name="role" defaultValue="user" className={`${CONTROL_CLASS} h-8`}>
            {userRole.options.map((role) => (
              <option key={role} value={role}>
                {role === 'admin' ? 'Admin' : 'User'}
              </option>
            ))}
          </select>
        )}
      </Field>
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={invite.isPending}>
          Create link
        </Button>
      </DialogActions>
    </form>
  );
}

function CreatedLink({ created, onDone }: { created: CreatedInvitation; onDone: () => void }) {
  async function copy() {
    await copyText(created.url);
    toast.success('Link copied');
  }
  return (
    <>
      <TextField
        label="Invitation link"
        readOnly
        value={created.url}
        onFocus={(event) => event.currentTarget.select()}
        className="font-mono"
        hint={`Expires ${new Date(created.expires_at).toLocaleString()}.`}
      />
      <DialogActions>
        <Button onClick={() => void copy()}>Copy link</Button>
        <Button variant="primary" onClick={onDone}>
          Done
        </Button>
      </DialogActions>
    </>
  );
}
