'use client';

import type { Token } from '@podex/contracts/accounts';
import { useQuery } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { useId, useState } from 'react';
import { Badge } from '#components/badge.tsx';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { formatAgo } from '#lib/format.ts';
import { useNow } from '#lib/use-now.ts';
import { tokensQuery, useRevokeToken } from '../api/tokens-query.ts';
import { CreateTokenDialog } from './create-token-dialog.tsx';

/** Bearer tokens of the person, those of `podex login` as well; part of the account page. */
export function TokensSection({ isAdmin }: { isAdmin: boolean }) {
  const headingId = useId();
  const [isCreating, setCreating] = useState(false);
  const tokens = useQuery(tokensQuery());
  return (
    <section aria-labelledby={headingId}>
      <div className="mb-3 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <h2 id={headingId} className="font-medium">
            Tokens
          </h2>
          <p className="text-ink-2 text-xs">Programs that act as you, such as the podex command.</p>
        </div>
        <Button size="sm" onClick={() => setCreating(true)}>
          <Plus aria-hidden className="size-4" />
          New token
        </Button>
      </div>
      {tokens.isPending && <Skeleton className="h-24 w-full" />}
      {tokens.isError && tokens.data === undefined && (
        <ErrorState
          title="Can't load the tokens"
          message={messageOf(tokens.error)}
          isRetrying={tokens.isFetching}
          onRetry={() => tokens.refetch()}
        />
      )}
      {tokens.data?.length === 0 && (
        <div className="rounded-lg border border-line-strong border-dashed">
          <EmptyState icon={<KeyRound />} title="No tokens">
            Run podex login on a machine, or create a token for a program.
          </EmptyState>
        </div>
      )}
      {tokens.data !== undefined && tokens.data.length > 0 && (
        <ul className="divide-y divide-line rounded-lg border bg-surface">
          {tokens.data.map((token) => (
            <TokenRow key={token.id} token={token} />
          ))}
        </ul>
      )}
      <CreateTokenDialog isOpen={isCreating} onOpenChange={setCreating} isAdmin={isAdmin} />
    </section>
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
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0">
        <p className="flex items-center gap-2 font-medium">
          <span className="truncate">{token.name}</span>
          <Badge tone={isOver ? 'neutral' : 'accent'}>{token.scopes.join(', ')}</Badge>
        </p>
        <p className="text-ink-2 text-xs">
          {used} · {ends}
        </p>
      </div>
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
        isBusy={revoke.isPending}
        error={revoke.isError ? messageOf(revoke.error) : undefined}
        onConfirm={() => revoke.mutate(token.id, { onSuccess: () => toast.success('Token revoked') })}
      />
    </li>
  );
}
