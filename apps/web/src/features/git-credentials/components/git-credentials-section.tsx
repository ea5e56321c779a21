'use client';

import { useQuery } from '@tanstack/react-query';
import { GitBranch } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { Dialog } from '#components/dialog.tsx';
import { ListSection } from '#components/list-section.tsx';
import { RemoveButton } from '#components/remove-button.tsx';
import { Row } from '#components/row.tsx';
import { toast } from '#components/toaster.tsx';
import { gitCredentialsQuery, useDeleteGitCredential } from '../api/git-credentials-query.ts';
import { GitCredentialForm } from './git-credential-form.tsx';
import { GithubAccessRow } from './github-access-row.tsx';

/** What git in the person's own workspaces signs in with, for the account page. */
export function GitCredentialsSection() {
  const credentials = useQuery(gitCredentialsQuery());
  const [editing, setEditing] = useState<{ host: string | undefined }>();
  const close = () => setEditing(undefined);
  return (
    <ListSection
      title="Git credentials"
      description="Git in your workspaces asks for these when it clones, pulls or pushes over HTTPS. They aren't stored in a workspace, and one that you share or that belongs to a team doesn't get them."
      add={{ label: 'Add credential', onClick: () => setEditing({ host: undefined }) }}
      query={credentials}
      what="the git credentials"
      label="Git credentials"
      empty={{
        icon: <GitBranch />,
        title: 'No git credentials',
        hint: 'Add an access token to use private repositories.',
      }}
      lead={<GithubAccessRow />}
      dialogs={
        <Dialog
          isOpen={editing !== undefined}
          onOpenChange={(isOpen) => !isOpen && close()}
          title={editing?.host === undefined ? 'Add git credential' : `Update ${editing.host}`}
          description="Encrypted. Use a token that can reach only the repositories you need. Programs in your workspaces can ask for it as git does."
        >
          <GitCredentialForm host={editing?.host} onDone={close} />
        </Dialog>
      }
    >
      {({ host, updated_at: date }) => (
        <Row
          key={host}
          title={<span className="font-mono">{host}</span>}
          detail={`Updated ${new Date(date).toLocaleDateString()}`}
        >
          <Button size="sm" onClick={() => setEditing({ host })} aria-label={`Update ${host}`}>
            Update
          </Button>
          <DeleteButton host={host} />
        </Row>
      )}
    </ListSection>
  );
}

function DeleteButton({ host }: { host: string }) {
  const remove = useDeleteGitCredential();
  return (
    <RemoveButton
      action="Delete"
      name={host}
      title={`Delete the credential for ${host}?`}
      description="Git in your workspaces can no longer use private repositories there. The token itself stays valid until you revoke it at the host."
      request={remove}
      onConfirm={() => remove.mutate(host, { onSuccess: () => toast.success(`${host} deleted`) })}
    />
  );
}
