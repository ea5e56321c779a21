'use client';

import type { Session } from '@podex/contracts/sessions';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Badge } from '#components/badge.tsx';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { LoadedRows } from '#components/loaded.tsx';
import { Row } from '#components/row.tsx';
import { Section } from '#components/section.tsx';
import { toast } from '#components/toaster.tsx';
import { countOf, formatAgo } from '#lib/format.ts';
import { useNow } from '#lib/use-now.ts';
import { sessionsQuery, useEndOtherSessions, useEndSession } from '../api/sessions-query.ts';

/** Where the person is signed in; part of the account page. */
export function SessionsSection() {
  const sessions = useQuery(sessionsQuery());
  const others = sessions.data?.filter((session) => !session.is_current) ?? [];
  return (
    <Section
      title="Sessions"
      description="Browsers that are signed in to your account."
      isFlush
      actions={others.length > 0 && <EndOthers count={others.length} />}
    >
      <LoadedRows query={sessions} what="the sessions" empty={null}>
        {(session) => <SessionRow key={session.id} session={session} />}
      </LoadedRows>
    </Section>
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
        description={`${countOf(count, 'other session')} ${count === 1 ? 'ends' : 'end'} at once. Tokens stay good.`}
        action="Sign out"
        isDangerous
        request={end}
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
    <Row
      title={session.device}
      badge={session.is_current && <Badge tone="accent">This session</Badge>}
      detail={facts.join(' · ')}
    >
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
        request={end}
        onConfirm={() => end.mutate(session.id, { onSuccess: () => toast.success('Session signed out') })}
      />
    </Row>
  );
}
