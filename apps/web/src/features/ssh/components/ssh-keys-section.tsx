'use client';

import type { SshKey } from '@podex/contracts/ssh';
import { useQuery } from '@tanstack/react-query';
import { SquareTerminal } from 'lucide-react';
import { useState } from 'react';
import { ListSection } from '#components/list-section.tsx';
import { RemoveButton } from '#components/remove-button.tsx';
import { Row } from '#components/row.tsx';
import { toast } from '#components/toaster.tsx';
import { formatAgo, formatLastUsed } from '#lib/format.ts';
import { useNow } from '#lib/use-now.ts';
import { sshKeysQuery, useRemoveSshKey } from '../api/ssh-keys-query.ts';
import { AddSshKeyDialog } from './add-ssh-key-dialog.tsx';

const MINUTE_MS = 60_000;

/** Public keys of the person; part of the account page. */
export function SshKeysSection() {
  const [isAdding, setAdding] = useState(false);
  const keys = useQuery(sshKeysQuery());
  return (
    <ListSection
      title="SSH keys"
      description="Keys that you connect to workspaces with."
      add={{ label: 'Add key', onClick: () => setAdding(true) }}
      query={keys}
      what="the SSH keys"
      empty={{
        icon: <SquareTerminal />,
        title: 'No SSH keys',
        hint: 'The podex ssh command adds one by itself.',
      }}
      dialogs={<AddSshKeyDialog isOpen={isAdding} onOpenChange={setAdding} />}
    >
      {(key) => <SshKeyRow key={key.id} sshKey={key} />}
    </ListSection>
  );
}

function SshKeyRow({ sshKey }: { sshKey: SshKey }) {
  const remove = useRemoveSshKey();
  const now = useNow(MINUTE_MS);
  return (
    <Row
      title={sshKey.name}
      detail={
        <>
          <span className="break-all font-mono">{sshKey.fingerprint}</span> · Added{' '}
          {formatAgo(sshKey.created_at, now)} · {formatLastUsed(sshKey.last_used_at, now)}
        </>
      }
    >
      <RemoveButton
        action="Remove"
        name={sshKey.name}
        title="Remove this SSH key?"
        description={`${sshKey.name} opens no more connections. Those that are open stay.`}
        request={remove}
        onConfirm={() => remove.mutate(sshKey.id, { onSuccess: () => toast.success('SSH key removed') })}
      />
    </Row>
  );
}
