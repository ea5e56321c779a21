'use client';

import { userRole } from '@podex/contracts/accounts';
import { type CreatedInvitation, createInvitationInput } from '@podex/contracts/invitations';
import { useState } from 'react';
import { Dialog } from '#components/dialog.tsx';
import { CONTROL_CLASS, Field, TextField } from '#components/field.tsx';
import { Form } from '#components/form.tsx';
import { ShownOnce } from '#components/shown-once.tsx';
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
        <ShownOnce
          label="Invitation link"
          value={created.url}
          noun="link"
          expiresAt={created.expires_at}
          onDone={close}
        />
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

  function onSubmit(form: FormData) {
    const input = createInvitationInput.safeParse({ email: form.get('email'), role: form.get('role') });
    setProblem(input.success ? undefined : 'Enter an email address.');
    if (input.success) invite.mutate(input.data, { onSuccess: onCreated });
  }

  return (
    <Form request={invite} action="Create link" onCancel={onCancel} onSubmit={onSubmit}>
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
    </Form>
  );
}
