'use client';

import type { Token } from '@podex/contracts/accounts';
import { useQuery } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { Badge } from '#components/badge.tsx';
import { ListSection } from '#components/list-section.tsx';
import { RemoveButton } from '#components/remove-button.tsx';
import { Row } from '#components/row.tsx';
import { toast } from '#components/toaster.tsx';
import { formatLastUsed } from '#lib/format.ts';
import { useNow } from '#lib/use-now.ts';
import { tokensQuery, useRevokeToken } from '../api/tokens-query.ts';
import { CreateTokenDialog } from './create-token-dialog.tsx';

/** Bearer tokens of the person, those of `podex login` as well; part of the account page. */
export function TokensSection({ isAdmin }: { isAdmin: boolean }) {
  const [isCreating, setCreating] = useState(false);
  const tokens = useQuery(tokensQuery());
  return (
    <ListSection
      title="Tokens"
      description="Programs that act as you, such as the podex command."
      add={{ label: 'New token', onClick: () => setCreating(true) }}
      query={tokens}
      what="the tokens"
      empty={{
        icon: <KeyRound />,
        title: 'No tokens',
        hint: 'Run podex login on a machine, or create a token for a program.',
      }}
      dialogs={<CreateTokenDialog isOpen={isCreating} onOpenChange={setCreating} isAdmin={isAdmin} />}
    >
      {(token) => <TokenRow key={token.id} token={token} />}
    </ListSection>
  );
}

const MINUTE_MS = 60_000;

function TokenRow({ token }: { token: Token }) {
  const revoke = useRevokeToken();
  const now = useNow(MINUTE_MS);
  const isOver = token.expires_at !== null && Date.parse(token.expires_at) <= now;
  const ends =
    token.expires_at === null
      ? 'Never expires'
      : `${isOver ? 'Expired' : 'Expires'} ${new Date(token.expires_at).toLocaleDateString()}`;
  return (
    <Row
      title={token.name}
      badge={<Badge tone={isOver ? 'neutral' : 'accent'}>{token.scopes.join(', ')}</Badge>}
      detail={`${formatLastUsed(token.last_used_at, now)} · ${ends}`}
    >
      <RemoveButton
        action="Revoke"
        name={token.name}
        title="Revoke this token?"
        description={`Programs that use ${token.name} stop working at once, and so do tokens that were made with it. This can't be undone.`}
        request={revoke}
        onConfirm={() => revoke.mutate(token.id, { onSuccess: () => toast.success('Token revoked') })}
      />
    </Row>
  );
}
