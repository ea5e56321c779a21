'use client';

import { type Secret, secretName } from '@podex/contracts/secrets';
import { useQuery } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { LoadedRows } from '#components/loaded.tsx';
import { Row } from '#components/row.tsx';
import { toast } from '#components/toaster.tsx';
import { type SecretsOwner, secretsQuery, useDeleteSecret } from '../api/secrets-query.ts';

interface SecretListProps {
  owner: SecretsOwner;
  /** Said when there are none. */
  hint: string;
  /** Undefined for someone who only sees which there are. */
  onEdit: ((name: string) => void) | undefined;
}

export function SecretList({ owner, hint, onEdit }: SecretListProps) {
  const secrets = useQuery(secretsQuery(owner));
  return (
    <LoadedRows
      query={secrets}
      what="the secrets"
      label="Secrets"
      empty={
        <EmptyState icon={<KeyRound />} title="No secrets">
          {hint}
        </EmptyState>
      }
    >
      {(secret) => (
        <Row
          key={secret.name}
          title={<span className="font-mono">{secret.name}</span>}
          detail={`Updated ${new Date(secret.updated_at).toLocaleDateString()}`}
        >
          {onEdit !== undefined && (
            <SecretActions owner={owner} secret={secret} onEdit={() => onEdit(secret.name)} />
          )}
        </Row>
      )}
    </LoadedRows>
  );
}

interface SecretActionsProps {
  owner: SecretsOwner;
  secret: Secret;
  onEdit: () => void;
}

function SecretActions({ owner, secret: { name }, onEdit }: SecretActionsProps) {
  const [isAsking, setAsking] = useState(false);
  const remove = useDeleteSecret(owner);
  // Variables given at creation may have names that can't be set later.
  const canUpdate = secretName.safeParse(name).success;
  return (
    <>
      {canUpdate && (
        <Button size="sm" onClick={onEdit} aria-label={`Update ${name}`}>
          Update
        </Button>
      )}
      <Button size="sm" onClick={() => setAsking(true)} aria-label={`Delete ${name}`}>
        Delete
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title={`Delete ${name}?`}
        description="New terminals and commands won't have it. What runs already keeps it. This can't be undone."
        action="Delete"
        isDangerous
        request={remove}
        onConfirm={() => remove.mutate(name, { onSuccess: () => toast.success(`${name} deleted`) })}
      />
    </>
  );
}
