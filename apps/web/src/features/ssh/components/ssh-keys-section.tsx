'use client';

import type { SshKey } from '@podex/contracts/ssh';
import { useQuery } from '@tanstack/react-query';
import { Plus, SquareTerminal } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { LoadedRows } from '#components/loaded.tsx';
import { Row } from '#components/row.tsx';
import { Section } from '#components/section.tsx';
import { toast } from '#components/toaster.tsx';
import { formatAgo } from '#lib/format.ts';
import { useNow } from '#lib/use-now.ts';
import { sshKeysQuery, useRemoveSshKey } from '../api/ssh-keys-query.ts';
import { AddSshKeyDialog } from './add-ssh-key-dialog.tsx';

const MINUTE_MS = 60_000;

/** Public keys of the person; part of the account page. */
export function SshKeysSection() {
  const [isAdding, setAdding] = useState(false);
  const keys = useQuery(sshKeysQuery());
  return (
    <Section
      title="SSH keys"
      description="Keys that you connect to workspaces with."
      isFlush
      actions={
        <Button size="sm" onClick={() => setAdding(true)}>
          <Plus aria-hidden className="size-4" />
          Add key
        </Button>
      }
    >
      <LoadedRows
        query={keys}
        what="the SSH keys"
        empty={
          <EmptyState icon={<SquareTerminal />} title="No SSH keys">
            The podex ssh command adds one by itself.
          </EmptyState>
        }
      >
        {(key) => <SshKeyRow key={key.id} sshKey={key} />}
      </LoadedRows>
      <AddSshKeyDialog isOpen={isAdding} onOpenChange={setAdding} />
    </Section>
  );
}

function SshKeyRow({ sshKey }: { sshKey: SshKey }) {
  const [isAsking, setAsking] = useState(false);
  const remove = useRemoveSshKey();
  const now = useNow(MINUTE_MS);
  return (
    <Row
      title={sshKey.name}
      detail={
        <>
          <span className="break-all font-mono">{sshKey.fingerprint}</span> · Added{' '}
          {formatAgo(sshKey.created_at, now)}
        </>
      }
    >
      <Button size="sm" onClick={() => setAsking(true)} aria-label={`Remove ${sshKey.name}`}>
        Remove
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title="Remove this SSH key?"
        description={`${sshKey.name} opens no more connections. Those that are open stay.`}
        action="Remove"
        isDangerous
        request={remove}
        onConfirm={() => remove.mutate(sshKey.id, { onSuccess: () => toast.success('SSH key removed') })}
      />
    </Row>
  );
}
