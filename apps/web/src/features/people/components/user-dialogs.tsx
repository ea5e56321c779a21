'use client';

import type { ManagedUser } from '@podex/contracts/users';
import { useState } from 'react';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { toast } from '#components/toaster.tsx';
import { useSignOutUser, useUpdateUser } from '../api/users-query.ts';

export interface UserDialogProps {
  user: ManagedUser;
  onClose: () => void;
}

export function RoleDialog({ user, onClose }: UserDialogProps) {
  const update = useUpdateUser(user.id);
  const isAdmin = user.role === 'admin';
  return (
    <ConfirmDialog
      isOpen
      onOpenChange={onClose}
      title={isAdmin ? `Remove admin role from ${user.email}?` : `Make ${user.email} an admin?`}
      description={
        isAdmin
          ? 'They keep their account and workspaces. Their open invitations are revoked.'
          : 'Admins manage servers, settings and people, and can delete accounts.'
      }
      action={isAdmin ? 'Remove role' : 'Make admin'}
      isDangerous={isAdmin}
      request={update}
      onConfirm={() =>
        update.mutate(
          { role: isAdmin ? 'user' : 'admin' },
          {
            onSuccess: () => {
              toast.success('Role changed');
              onClose();
            },
          },
        )
      }
    />
  );
}

export function StatusDialog({ user, onClose }: UserDialogProps) {
  const update = useUpdateUser(user.id);
  const isSuspended = user.status === 'suspended';
  return (
    <ConfirmDialog
      isOpen
      onOpenChange={onClose}
      title={isSuspended ? `Restore ${user.email}?` : `Suspend ${user.email}?`}
      description={
        isSuspended
          ? 'They can sign in again, and their tokens work again. Workspaces stay stopped until somebody starts them.'
          : 'They are signed out at once and can’t sign in. Running turns are cancelled and workspaces are stopped. Files and tokens are kept.'
      }
      action={isSuspended ? 'Restore' : 'Suspend'}
      isDangerous={!isSuspended}
      request={update}
      onConfirm={() =>
        update.mutate(
          { status: isSuspended ? 'active' : 'suspended' },
          {
            onSuccess: () => {
              toast.success(isSuspended ? 'User restored' : 'User suspended');
              onClose();
            },
          },
        )
      }
    />
  );
}

export function SignOutDialog({ user, onClose }: UserDialogProps) {
  const [tokens, setTokens] = useState(false);
  const signOut = useSignOutUser(user.id);
  return (
    <ConfirmDialog
      isOpen
      onOpenChange={onClose}
      title={`Sign ${user.email} out everywhere?`}
      description={
        <>
          <p>All sessions end at once. They can sign in again.</p>
          <label className="mt-3 flex items-center gap-2">
            <input type="checkbox" checked={tokens} onChange={(event) => setTokens(event.target.checked)} />
            Also revoke their tokens
          </label>
        </>
      }
      action="Sign out"
      isDangerous
      request={signOut}
      onConfirm={() =>
        signOut.mutate(tokens, {
          onSuccess: () => {
            toast.success('Signed out everywhere');
            onClose();
          },
        })
      }
    />
  );
}
