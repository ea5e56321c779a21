'use client';

import type { ManagedUser } from '@podex/contracts/users';
import { MoreHorizontal } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Badge } from '#components/badge.tsx';
import { IconButton } from '#components/icon-button.tsx';
import { Menu, MenuItem, MenuSeparator } from '#components/menu.tsx';
import { useNow } from '#lib/use-now.ts';
import { summaryOf } from '../model/user-words.ts';
import { DeleteUserDialog } from './delete-user-dialog.tsx';
import { ResetLinkDialog } from './reset-link-dialog.tsx';
import { RoleDialog, SignOutDialog, StatusDialog } from './user-dialogs.tsx';

const SEEN_EVERY_MS = 60_000;

type Action = 'limits' | 'role' | 'status' | 'sign_out' | 'reset' | 'delete';

interface UserRowProps {
  user: ManagedUser;
  /** The admin who looks. */
  isSelf: boolean;
  limits: (userId: string, onClose: () => void) => ReactNode;
}

/** A user, with what an admin can do. */
export function UserRow({ user, isSelf, limits }: UserRowProps) {
  const now = useNow(SEEN_EVERY_MS);
  const [action, setAction] = useState<Action>();
  const dialog = { user, onClose: () => setAction(undefined) };
  return (
    <li className="flex items-center justify-between gap-4 px-4 py-3">
      <div className="min-w-0">
        <p className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
          <span className="truncate font-medium">{user.name || user.email}</span>
          {user.role === 'admin' && <Badge tone="accent">Admin</Badge>}
          {user.status === 'suspended' && <Badge tone="warning">Suspended</Badge>}
          {user.status === 'deleted' && <Badge>Deleted</Badge>}
          {isSelf && <span className="text-ink-3 text-xs">You</span>}
        </p>
        <p className="truncate text-ink-2 text-xs">{user.email}</p>
        <p className="text-ink-3 text-xs">{summaryOf(user, now)}</p>
      </div>
      {user.status !== 'deleted' && <UserMenu user={user} isSelf={isSelf} onChoose={setAction} />}
      {action === 'limits' && limits(user.id, dialog.onClose)}
      {action === 'role' && <RoleDialog {...dialog} />}
      {action === 'status' && <StatusDialog {...dialog} />}
      {action === 'sign_out' && <SignOutDialog {...dialog} />}
      {action === 'reset' && <ResetLinkDialog {...dialog} />}
      {action === 'delete' && <DeleteUserDialog {...dialog} />}
    </li>
  );
}

interface UserMenuProps extends Omit<UserRowProps, 'limits'> {
  onChoose: (action: Action) => void;
}

function UserMenu({ user, isSelf, onChoose }: UserMenuProps) {
  const isSuspended = user.status === 'suspended';
  return (
    <Menu
      align="end"
      trigger={
        <IconButton label={`Actions for ${user.email}`}>
          <MoreHorizontal />
        </IconButton>
      }
    >
      <MenuItem onSelect={() => onChoose('limits')}>Change limits</MenuItem>
      <MenuItem onSelect={() => onChoose('role')}>
        {user.role === 'admin' ? 'Remove admin role' : 'Make admin'}
      </MenuItem>
      <MenuItem onSelect={() => onChoose('sign_out')}>Sign out everywhere</MenuItem>
      <MenuItem isDisabled={isSuspended} onSelect={() => onChoose('reset')}>
        Reset password
      </MenuItem>
      <MenuSeparator />
      <MenuItem isDisabled={isSelf} onSelect={() => onChoose('status')}>
        {isSuspended ? 'Restore' : 'Suspend'}
      </MenuItem>
      <MenuItem isDangerous isDisabled={isSelf} onSelect={() => onChoose('delete')}>
        Delete
      </MenuItem>
    </Menu>
  );
}
