'use client';

import type { GitSshKey } from '@podex/contracts/git-ssh-keys';
import { useQuery } from '@tanstack/react-query';
import { GitBranch } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { ListSection } from '#components/list-section.tsx';
import { Row } from '#components/row.tsx';
import { toast } from '#components/toaster.tsx';
import { copyText } from '#lib/clipboard.ts';
import { formatLastUsed } from '#lib/format.ts';
import { useNow } from '#lib/use-now.ts';
import {
  gitSshKeysQuery,
  useAcceptGitHost,
  useDeleteGitSshKey,
  useForgetGitHost,
} from '../api/git-ssh-keys-query.ts';
import { AddGitSshKeyDialog } from './add-git-ssh-key-dialog.tsx';

const MINUTE_MS = 60_000;

/** What git in the person's own workspaces connects with over SSH, for the account page. */
export function GitSshKeysSection() {
  const keys = useQuery(gitSshKeysQuery());
  const [isAdding, setAdding] = useState(false);
  return (
    <ListSection
      title="Git SSH keys"
      description="Git in your workspaces connects with these over SSH. The private half stays in Podex: add the public half at the git host. A workspace that you share or that belongs to a team can't use them."
      add={{ label: 'New key', onClick: () => setAdding(true) }}
      query={keys}
      what="the git SSH keys"
      label="Git SSH keys"
      empty={{
        icon: <GitBranch />,
        title: 'No git SSH keys',
        hint: 'Make one to use git@… addresses and deploy keys.',
      }}
      dialogs={<AddGitSshKeyDialog isOpen={isAdding} onOpenChange={setAdding} />}
    >
      {(key) => <KeyRow key={key.id} sshKey={key} />}
    </ListSection>
  );
}

function nameOf({ host, repository }: GitSshKey): string {
  return repository === null ? host : `${repository} at ${host}`;
}

function KeyRow({ sshKey }: { sshKey: GitSshKey }) {
  const name = nameOf(sshKey);
  const now = useNow(MINUTE_MS);
  async function copy() {
    await copyText(sshKey.public_key);
    toast.success('Public key copied');
  }
  return (
    <Row
      title={<span className="font-mono">{name}</span>}
      detail={
        <>
          <span className="break-all font-mono">{sshKey.fingerprint}</span> · {hostState(sshKey)} ·{' '}
          {formatLastUsed(sshKey.last_used_at, now)}
        </>
      }
    >
      <Button size="sm" onClick={copy} aria-label={`Copy the public key for ${name}`}>
        Copy public key
      </Button>
      <HostButton sshKey={sshKey} />
      <DeleteButton sshKey={sshKey} />
    </Row>
  );
}

function hostState({ host_key: accepted, offered_host_key: offered }: GitSshKey) {
  if (accepted !== null) return 'Host key accepted';
  return offered === null ? 'Use it once in a workspace to see the host key' : 'Host key waits for you';
}

function HostButton({ sshKey }: { sshKey: GitSshKey }) {
  const { host_key: accepted, offered_host_key: offered } = sshKey;
  if (accepted !== null) return <ForgetButton sshKey={sshKey} fingerprint={accepted.fingerprint} />;
  return offered === null ? null : <AcceptButton sshKey={sshKey} fingerprint={offered.fingerprint} />;
}

interface HostKeyProps {
  sshKey: GitSshKey;
  fingerprint: string;
}

function AcceptButton({ sshKey: { id, host }, fingerprint }: HostKeyProps) {
  const [isAsking, setAsking] = useState(false);
  const accept = useAcceptGitHost();
  return (
    <>
      <Button
        size="sm"
        variant="primary"
        onClick={() => setAsking(true)}
        aria-label={`Review host key of ${host}`}
      >
        Review host key
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title={`Accept the key of ${host}?`}
        description={`It shows ${fingerprint}. Compare it with the fingerprint that the host publishes. Git refuses any other key from then on.`}
        action="Accept"
        request={accept}
        onConfirm={() =>
          accept.mutate(
            { id, fingerprint },
            { onSuccess: () => toast.success(`Host key of ${host} accepted`) },
          )
        }
      />
    </>
  );
}

function ForgetButton({ sshKey: { id, host }, fingerprint }: HostKeyProps) {
  const [isAsking, setAsking] = useState(false);
  const forget = useForgetGitHost();
  return (
    <>
      <Button size="sm" onClick={() => setAsking(true)} aria-label={`Forget host key of ${host}`}>
        Forget host key
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title={`Forget the key of ${host}?`}
        description={`You accepted ${fingerprint}. Do this only when the host announced a new key: the next that it shows waits for you.`}
        action="Forget"
        isDangerous
        request={forget}
        onConfirm={() =>
          forget.mutate(id, { onSuccess: () => toast.success(`Host key of ${host} forgotten`) })
        }
      />
    </>
  );
}

function DeleteButton({ sshKey }: { sshKey: GitSshKey }) {
  const [isAsking, setAsking] = useState(false);
  const remove = useDeleteGitSshKey();
  const name = nameOf(sshKey);
  return (
    <>
      <Button size="sm" onClick={() => setAsking(true)} aria-label={`Delete the SSH key for ${name}`}>
        Delete
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title={`Delete the SSH key for ${name}?`}
        description="Git in your workspaces can no longer connect with it. Remove its public half at the host as well."
        action="Delete"
        isDangerous
        request={remove}
        onConfirm={() => remove.mutate(sshKey.id, { onSuccess: () => toast.success('SSH key deleted') })}
      />
    </>
  );
}
