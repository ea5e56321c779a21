'use client';

import { type DeleteUserQuery, deleteUserQuery } from '@podex/contracts/users';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { CONTROL_CLASS, Field } from '#components/field.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { toast } from '#components/toaster.tsx';
import { useDeleteUser, userQuery, usersQuery } from '../api/users-query.ts';
import { deletionEffects } from '../model/user-words.ts';
import type { UserDialogProps } from './user-dialogs.tsx';

const DELETE = 'delete';

/** Says what goes with a user, and lets workspaces move to another one. */
export function DeleteUserDialog({ user, onClose }: UserDialogProps) {
  const [heir, setHeir] = useState(DELETE);
  const detail = useQuery(userQuery(user.id));
  const remove = useDeleteUser(user.id);
  return (
    <ConfirmDialog
      isOpen
      onOpenChange={onClose}
      title={`Delete ${user.email}?`}
      description={
        <div className="flex flex-col gap-3">
          {detail.data === undefined ? (
            <Skeleton className="h-10 w-full" />
          ) : (
            <ul className="list-disc pl-4">
              {deletionEffects(detail.data, heir !== DELETE).map((effect) => (
                <li key={effect}>{effect}</li>
              ))}
            </ul>
          )}
          {user.workspaces.total > 0 && <HeirField userId={user.id} value={heir} onChange={setHeir} />}
          <p>This can't be undone.</p>
        </div>
      }
      action="Delete user"
      isDangerous
      request={{ ...remove, error: remove.error ?? detail.error }}
      onConfirm={() =>
        remove.mutate(choiceOf(heir), {
          onSuccess: () => {
            toast.success('User deleted');
            onClose();
          },
        })
      }
    />
  );
}

function choiceOf(heir: string): DeleteUserQuery {
  return deleteUserQuery.parse(
    heir === DELETE ? { workspaces: 'delete' } : { workspaces: 'transfer', to: heir },
  );
}

interface HeirFieldProps {
  userId: string;
  value: string;
  onChange: (value: string) => void;
}

function HeirField({ userId, value, onChange }: HeirFieldProps) {
  const users = useInfiniteQuery(usersQuery({ q: '', status: 'active' }));
  const others = (users.data?.pages ?? []).flatMap(({ items }) => items).filter(({ id }) => id !== userId);
  return (
    <Field label="Workspaces">
      {(control) => (
        <select
          {...control}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          className={`${CONTROL_CLASS} h-8`}
        >
          <option value={DELETE}>Delete them</option>
          {others.map(({ id, email }) => (
            <option key={id} value={id}>
              Move them to {email}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
