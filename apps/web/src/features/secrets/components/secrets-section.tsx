'use client';

import { Plus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button } from '#components/button.tsx';
import { Dialog } from '#components/dialog.tsx';
import { Section } from '#components/section.tsx';
import type { SecretsOwner } from '../api/secrets-query.ts';
import { SecretForm } from './secret-form.tsx';
import { SecretList } from './secret-list.tsx';

/** Secrets of the person who is signed in, for the account page. */
export function OwnSecretsSection() {
  return (
    <SecretsSection
      owner="me"
      description="Environment variables of new terminals and commands in your own workspaces. A workspace that you share or that belongs to a team doesn't get them."
      hint="Add a token or a key that your workspaces need."
      readers="Programs in your workspaces can read it; so can an agent that runs commands there."
      canChange
    />
  );
}

interface TeamSecretsSectionProps {
  teamId: string;
  /** Whether the person sets and deletes them, or only sees which there are. */
  canChange: boolean;
}

/** Secrets of a team, for its page. */
export function TeamSecretsSection({ teamId, canChange }: TeamSecretsSectionProps) {
  return (
    <SecretsSection
      owner={{ teamId }}
      description="Environment variables of new terminals and commands in all the team's workspaces. A workspace's own secret of the same name comes first."
      hint={
        canChange
          ? "Add a token or a key that the team's workspaces need."
          : "An admin of the team can add what the team's workspaces need."
      }
      readers="Everyone who can run commands in a workspace of the team can read it, people it is shared with too; so can the agent there."
      canChange={canChange}
    />
  );
}

interface SecretsSectionProps {
  owner: SecretsOwner;
  /** Which processes get them. */
  description: ReactNode;
  /** Said when there are none. */
  hint: string;
  /** Who can read a value, said where one is typed. */
  readers: string;
  canChange: boolean;
}

function SecretsSection({ owner, description, hint, readers, canChange }: SecretsSectionProps) {
  const [editing, setEditing] = useState<{ name: string | undefined }>();
  const close = () => setEditing(undefined);
  return (
    <Section
      title="Secrets"
      description={description}
      isFlush
      actions={
        canChange && (
          <Button size="sm" onClick={() => setEditing({ name: undefined })}>
            <Plus aria-hidden className="size-4" />
            New secret
          </Button>
        )
      }
    >
      <SecretList owner={owner} hint={hint} onEdit={canChange ? (name) => setEditing({ name }) : undefined} />
      <Dialog
        isOpen={editing !== undefined}
        onOpenChange={(isOpen) => !isOpen && close()}
        title={editing?.name === undefined ? 'New secret' : 'Update secret'}
        description={`Encrypted. ${readers}`}
      >
        <SecretForm owner={owner} name={editing?.name} onDone={close} />
      </Dialog>
    </Section>
  );
}
