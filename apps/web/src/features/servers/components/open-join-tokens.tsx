'use client';

import type { JoinToken } from '@podex/contracts/join-tokens';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { Row } from '#components/row.tsx';
import { Section } from '#components/section.tsx';
import { toast } from '#components/toaster.tsx';
import { formatUntil } from '#lib/format.ts';
import { joinTokensQuery, useRevokeJoinToken } from '../api/join-tokens-query.ts';

/** Commands that were made and not run yet. Nothing while there are none. */
export function OpenJoinTokens({ now }: { now: number }) {
  const { data: tokens = [] } = useQuery(joinTokensQuery());
  const open = tokens.filter(({ expires_at: expiresAt }) => Date.parse(expiresAt) > now);
  if (open.length === 0) return null;
  return (
    <div className="mt-6">
      <Section
        title="Waiting to join"
        description="Each command works once, for one server at one address."
        isFlush
      >
        <ul aria-label="Waiting to join" className="divide-y divide-line">
          {open.map((token) => (
            <JoinTokenRow key={token.id} token={token} now={now} />
          ))}
        </ul>
      </Section>
    </div>
  );
}

function JoinTokenRow({ token, now }: { token: JoinToken; now: number }) {
  const [isAsking, setAsking] = useState(false);
  const revoke = useRevokeJoinToken();
  return (
    <Row
      title={token.name}
      detail={[
        `${token.hostname}:${token.docker_port}`,
        ...(token.server_id === null ? [] : ['gets a new certificate']),
        ...(token.created_by === null ? [] : [`Made by ${token.created_by}`]),
        `Expires ${formatUntil(token.expires_at, now)}`,
      ].join(' · ')}
    >
      <Button size="sm" onClick={() => setAsking(true)} aria-label={`Revoke ${token.name}`}>
        Revoke
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title="Revoke this command?"
        description={`The command for ${token.name} stops working at once.`}
        action="Revoke"
        isDangerous
        request={revoke}
        onConfirm={() => revoke.mutate(token.id, { onSuccess: () => toast.success('Command revoked') })}
      />
    </Row>
  );
}
