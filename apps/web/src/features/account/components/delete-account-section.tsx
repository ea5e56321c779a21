'use client';

import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { TextField } from '#components/field.tsx';
import { Section } from '#components/section.tsx';
import { useDeleteAccount } from '../api/account-requests.ts';

/** The end of the own account, after the password. */
export function DeleteAccountSection({ onDeleted }: { onDeleted: () => void }) {
  const [isAsking, setAsking] = useState(false);
  const [password, setPassword] = useState('');
  const remove = useDeleteAccount();

  function onOpenChange(isOpen: boolean) {
    setAsking(isOpen);
    setPassword('');
  }

  return (
    <Section
      title="Delete account"
      description="Your workspaces, their files and your tokens are deleted with it."
    >
      <Button variant="danger" onClick={() => onOpenChange(true)}>
        Delete account
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={onOpenChange}
        title="Delete your account?"
        description={
          <div className="flex flex-col gap-3">
            <p>All your workspaces and their files are deleted. This can't be undone.</p>
            <TextField
              label="Password"
              type="password"
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
              hint="If you have no password, sign in again first and leave this empty."
            />
          </div>
        }
        action="Delete account"
        isDangerous
        request={remove}
        onConfirm={() =>
          remove.mutate(password === '' ? {} : { password }, {
            onSuccess: () => {
              onOpenChange(false);
              onDeleted();
            },
          })
        }
      />
    </Section>
  );
}
