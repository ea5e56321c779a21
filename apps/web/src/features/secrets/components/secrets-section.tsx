'use client';

import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { Dialog } from '#components/dialog.tsx';
import { SecretForm } from './secret-form.tsx';
import { SecretList } from './secret-list.tsx';

/** Secrets of the person who is signed in, for the account page. */
export function SecretsSection() {
  const [editing, setEditing] = useState<{ name: string | undefined }>();
  const close = () => setEditing(undefined);
  return (
    <section aria-labelledby="secrets-heading">
      <div className="mb-4 flex items-center justify-between gap-4">
        <div className="min-w-0">
          <h2 id="secrets-heading" className="font-semibold text-base">
            Secrets
          </h2>
          <p className="text-ink-2 text-xs">
            Environment variables in all your own workspaces. They stay out of workspaces that you share or
            that belong to a team.
          </p>
        </div>
        <Button onClick={() => setEditing({ name: undefined })}>
          <Plus aria-hidden className="size-4" />
          New secret
        </Button>
      </div>
      <SecretList
        owner="me"
        hint="Add a token or a key that your workspaces need."
        onEdit={(name) => setEditing({ name })}
      />
      <Dialog
        isOpen={editing !== undefined}
        onOpenChange={(isOpen) => !isOpen && close()}
        title={editing?.name === undefined ? 'New secret' : 'Update secret'}
        description="Encrypted. Programs in your workspaces can read it; so can an agent that runs commands there."
      >
        <SecretForm owner="me" name={editing?.name} onDone={close} />
      </Dialog>
    </section>
  );
}
