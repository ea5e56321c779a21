'use client';

import { type Secret, secretName } from '@podex/contracts/secrets';
import { useQuery } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { type SecretsOwner, secretsQuery, useDeleteSecret } from '../api/secrets-query.ts';

interface SecretListProps {
  owner: SecretsOwner;
  /** Said when there are none. */
  hint: string;
  onEdit: (name: string) => void;
}

export function SecretList({ owner, hint, onEdit }: SecretListProps) {
  const secrets = useQuery(secretsQuery(owner));
  if (secrets.isPending) return <Skeleton className="h-24 w-full" />;
  if (secrets.data === undefined) {
    return (
      <ErrorState
        title="Can't load the secrets"
        message={messageOf(secrets.error)}
        isRetrying={secrets.isFetching}
        onRetry={() => secrets.refetch()}
      />
    );
  }
  if (secrets.data.length === 0) {
    return (
      <div className="rounded-lg border border-line-strong border-dashed py-6">
        <EmptyState icon={<KeyRound />} title="No secrets">
          {hint}
        </EmptyState>
      </div>
    );
  }
  return (
    <ul className="divide-y divide-line rounded-lg border bg-surface">
      {secrets.data.map((secret) => (
        <SecretRow key={secret.name} owner={owner} secret={secret} onEdit={() => onEdit(secret.name)} />
      ))}
    </ul>
  );
}

interface SecretRowProps {
  owner: SecretsOwner;
  secret: Secret;
  onEdit: () => void;
}

function SecretRow({ owner, secret: { name, updated_at: updatedAt }, onEdit }: SecretRowProps) {
  const [isAsking, setAsking] = useState(false);
  const remove = useDeleteSecret(owner);
  // Variables given at creation may have names that can't be set later.
  const canUpdate = secretName.safeParse(name).success;
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-2.5">
      <div className="min-w-0">
        <p className="truncate font-mono text-sm">{name}</p>
        <p className="text-ink-2 text-xs">Updated {new Date(updatedAt).toLocaleDateString()}</p>
      </div>
      <div className="flex gap-2">
        {canUpdate && (
          <Button size="sm" onClick={onEdit} aria-label={`Update ${name}`}>
            Update
          </Button>
        )}
        <Button size="sm" onClick={() => setAsking(true)} aria-label={`Delete ${name}`}>
          Delete
        </Button>
      </div>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title={`Delete ${name}?`}
        description="New terminals and commands won't have it. What runs already keeps it. This can't be undone."
        action="Delete"
        isDangerous
        isBusy={remove.isPending}
        error={remove.isError ? messageOf(remove.error) : undefined}
        onConfirm={() => remove.mutate(name, { onSuccess: () => toast.success(`${name} deleted`) })}
      />
    </li>
  );
}
