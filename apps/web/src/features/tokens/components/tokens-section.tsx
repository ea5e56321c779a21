'use client';

import type { Token } from '@podex/contracts/accounts';
import { useQuery } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import { Badge } from '#components/badge.tsx';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { LoadedRows } from '#components/loaded.tsx';
import { Row } from '#components/row.tsx';
import { Section } from '#components/section.tsx';
import { toast } from '#components/toaster.tsx';
import { formatAgo } from '#lib/format.ts';
import { useNow } from '#lib/use-now.ts';
import { tokensQuery, useRevokeToken } from '../api/tokens-query.ts';
import { CreateTokenDialog } from './create-token-dialog.tsx';

/** Bearer tokens of the person, those of `podex login` as well; part of the account page. */
export function TokensSection({ isAdmin }: { isAdmin: boolean }) {
  const [isCreating, setCreating] = useState(false);
  const tokens = useQuery(tokensQuery());
  return (
    <Section
      title="Tokens"
      description="Programs that act as you, such as the podex command."
      isFlush
      actions={
        <Button size="sm" onClick={() => setCreating(true)}>
          <Plus aria-hidden className="size-4" />
          New token
        </Button>
      }
    >
      <LoadedRows
        query={tokens}
        what="the tokens"
        empty={
          <EmptyState icon={<KeyRound />} title="No tokens">
            Run podex login on a machine, or create a token for a program.
          </EmptyState>
        }
      >
        {(token) => <TokenRow key={token.id} token={token} />}
      </LoadedRows>
      <CreateTokenDialog isOpen={isCreating} onOpenChange={setCreating} isAdmin={isAdmin} />
    </Section>
  );
}

const MINUTE_MS = 60_000;

function TokenRow({ token }: { token: Token }) {
  const [isAsking, setAsking] = useState(false);
  const revoke = useRevokeToken();
  const now = useNow(MINUTE_MS);
  const isOver = token.expires_at !== null && Date.parse(token.expires_at) <= now;
  const used = token.last_used_at === null ? 'Never used' : `Last used ${formatAgo(token.last_used_at, now)}`;
  const ends =
    token.expires_at === null
      ? 'Never expires'
      : `${isOver ? 'Expired' : 'Expires'} ${new Date(token.expires_at).toLocaleDateString()}`;
  return (
    <Row
      title={token.name}
      badge={<Badge tone={isOver ? 'neutral' : 'accent'}>{token.scopes.join(', ')}</Badge>}
      detail={`${used} · ${ends}`}
    >
      <Button size="sm" onClick={() => setAsking(true)} aria-label={`Revoke ${token.name}`}>
        Revoke
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title="Revoke this token?"
        description={`Programs that use ${token.name} stop working at once, and so do tokens that were made with it. This can't be undone.`}
        action="Revoke"
        isDangerous
        request={revoke}
        onConfirm={() => revoke.mutate(token.id, { onSuccess: () => toast.success('Token revoked') })}
      />
    </Row>
  );
}
