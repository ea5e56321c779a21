'use client';

import type { Session } from '@podex/contracts/sessions';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { Badge } from '#components/badge.tsx';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { formatAgo } from '#lib/format.ts';
import { useNow } from '#lib/use-now.ts';
import { sessionsQuery, useEndOtherSessions, useEndSession } from '../api/sessions-query.ts';

/** Where the person is signed in; part of the account page. */
export function SessionsSection() {
  const headingId = useId();
  const sessions = useQuery(sessionsQuery());
  const others = sessions.data?.filter((session) => !session.is_current) ?? [];
  return (
    <section aria-labelledby={headingId}>
      <div className="mb-3 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <h2 id={headingId} className="font-medium">
            Sessions
          </h2>
          <p className="text-ink-2 text-xs">Browsers that are signed in to your account.</p>
        </div>
        {others.length > 0 && <EndOthers count={others.length} />}
      </div>
      {sessions.isPending && <Skeleton className="h-24 w-full" />}
      {sessions.isError && sessions.data === undefined && (
        <ErrorState
          title="Can't load the sessions"
          message={messageOf(sessions.error)}
          isRetrying={sessions.isFetching}
          onRetry={() => sessions.refetch()}
        />
      )}
      {sessions.data !== undefined && (
        <ul className="divide-y divide-line rounded-lg border bg-surface">
          {sessions.data.map((session) => (
            <SessionRow key={session.id} session={session} />
          ))}
        </ul>
      )}
    </section>
  );
}

function EndOthers({ count }: { count: number }) {
  const [isAsking, setAsking] = useState(false);
  const end = useEndOtherSessions();
  return (
    <>
      <Button size="sm" onClick={() => setAsking(true)}>
        Sign out everywhere else
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title="Sign out everywhere else?"
        description={`${count === 1 ? 'One other session ends' : `${count} other sessions end`} at once. Tokens stay good.`}
        action="Sign out"
        isDangerous
        isBusy={end.isPending}
        error={end.isError ? messageOf(end.error) : undefined}
        onConfirm={() =>
          end.mutate(undefined, {
            onSuccess: () => {
              setAsking(false);
              toast.success('Signed out everywhere else');
            },
          })
        }
      />
    </>
  );
}

const MINUTE_MS = 60_000;

function SessionRow({ session }: { session: Session }) {
  const [isAsking, setAsking] = useState(false);
  const end = useEndSession();
  const now = useNow(MINUTE_MS);
  const facts = [
    session.address,
    session.method === null ? null : `Signed in with ${session.method}`,
    `Last used ${formatAgo(session.last_used_at, now)}`,
  ].filter((fact) => fact !== null);
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0">
        <p className="flex items-center gap-2 font-medium">
          <span className="truncate">{session.device}</span>
          {session.is_current && <Badge tone="accent">This session</Badge>}
        </p>
        <p className="text-ink-2 text-xs">{facts.join(' · ')}</p>
      </div>
      {!session.is_current && (
        <Button size="sm" onClick={() => setAsking(true)} aria-label={`Sign out ${session.device}`}>
          Sign out
        </Button>
      )}
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title="Sign out this session?"
        description={`${session.device} is signed out at once, and what it has open closes.`}
        action="Sign out"
        isDangerous
        isBusy={end.isPending}
        error={end.isError ? messageOf(end.error) : undefined}
        onConfirm={() => end.mutate(session.id, { onSuccess: () => toast.success('Session signed out') })}
      />
    </li>
  );
}
