'use client';

import { userStatus } from '@podex/contracts/users';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Users } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { Button } from '#components/button.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { CONTROL_CLASS } from '#components/field.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { messageOf } from '#lib/api-client.ts';
import { usersQuery } from '../api/users-query.ts';
import { UserRow } from './user-row.tsx';

const STATUS_WORDS = { active: 'Active', suspended: 'Suspended', deleted: 'Deleted' };

/** Everyone with an account, to search and to act on. `selfId`: the admin who looks. */
export function UsersList({ selfId }: { selfId: string }) {
  const [text, setText] = useState('');
  const [status, setStatus] = useState('');
  const filter = { q: useDeferredValue(text.trim()), status: userStatus.safeParse(status).data };
  const users = useInfiniteQuery(usersQuery(filter));
  const items = users.data?.pages.flatMap((page) => page.items);
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
      {users.isPending && <Skeleton className="h-48 w-full" />}
      {users.isError && items === undefined && (
        <ErrorState
          title="Can't load the users"
          message={messageOf(users.error)}
          isRetrying={users.isFetching}
          onRetry={() => users.refetch()}
        />
      )}
      {items?.length === 0 && (
        <div className="rounded-lg border border-line-strong border-dashed py-12">
          <EmptyState icon={<Users />} title="No users found">
            Change the search or the status.
          </EmptyState>
        </div>
      )}
      {items !== undefined && items.length > 0 && (
        <ul className="divide-y divide-line rounded-lg border bg-surface">
          {items.map((user) => (
            <UserRow key={user.id} user={user} isSelf={user.id === selfId} />
          ))}
        </ul>
      )}
      {users.hasNextPage && (
        <div className="mt-3 flex justify-center">
          <Button isBusy={users.isFetchingNextPage} onClick={() => users.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </>
  );
}
