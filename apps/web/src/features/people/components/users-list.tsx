'use client';

import { userStatus } from '@podex/contracts/users';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Users } from 'lucide-react';
import { type ReactNode, useDeferredValue, useState } from 'react';
import { EmptyState } from '#components/empty-state.tsx';
import { CONTROL_CLASS } from '#components/field.tsx';
import { LoadedRows } from '#components/loaded.tsx';
import { Card } from '#components/section.tsx';
import { ShowMore } from '#components/show-more.tsx';
import { usersQuery } from '../api/users-query.ts';
import { UserRow } from './user-row.tsx';

const STATUS_WORDS = { active: 'Active', suspended: 'Suspended', deleted: 'Deleted' };

export interface UsersListProps {
  /** The admin who looks. */
  selfId: string;
  /** The dialog in which a user’s limits are changed. */
  limits: (userId: string, onClose: () => void) => ReactNode;
}

/** Everyone with an account, to search and to act on. */
export function UsersList({ selfId, limits }: UsersListProps) {
  const [text, setText] = useState('');
  const [status, setStatus] = useState('');
  const filter = { q: useDeferredValue(text.trim()), status: userStatus.safeParse(status).data };
  const users = useInfiniteQuery(usersQuery(filter));
  return (
    <>
      <div className="mb-3 flex gap-2">
        <div className="min-w-0 flex-1">
          <input
            type="search"
            aria-label="Search users"
            placeholder="Search by name or email"
            maxLength={200}
            value={text}
            onChange={(event) => setText(event.target.value)}
            className={`${CONTROL_CLASS} h-8`}
          />
        </div>
        <div className="w-32 shrink-0">
          <select
            aria-label="Status"
            value={status}
            onChange={(event) => setStatus(event.target.value)}
            className={`${CONTROL_CLASS} h-8`}
          >
            <option value="">Everyone</option>
            {userStatus.options.map((option) => (
              <option key={option} value={option}>
                {STATUS_WORDS[option]}
              </option>
            ))}
          </select>
        </div>
      </div>
      <Card>
        <LoadedRows
          query={{ ...users, data: users.data?.pages.flatMap((page) => page.items) }}
          what="the users"
          label="Users"
          height="h-48"
          empty={
            <EmptyState icon={<Users />} title="No users found">
              Change the search or the status.
            </EmptyState>
          }
        >
          {(user) => <UserRow key={user.id} user={user} isSelf={user.id === selfId} limits={limits} />}
        </LoadedRows>
      </Card>
      <ShowMore query={users} />
    </>
  );
}
