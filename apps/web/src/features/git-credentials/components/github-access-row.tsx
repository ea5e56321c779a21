'use client';

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { Row } from '#components/row.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { githubAccessQuery, useAllowRepositories, useEndGithubAccess } from '../api/github-access-query.ts';

/** Private repositories of the person's account at GitHub. Nothing where this Podex has no sign-in with GitHub. */
export function GithubAccessRow() {
  const { data: access } = useQuery(githubAccessQuery());
  if (access === undefined || access.host === null) return null;
  const date = access.allowed_at === null ? undefined : new Date(access.allowed_at).toLocaleDateString();
  return (
    <ul aria-label="GitHub" className="border-line border-b">
      <Row
        title="Private repositories on GitHub"
        detail={
          date === undefined
            ? `Use your account at ${access.host}, without a token of your own`
            : `Allowed on ${date} with your account at ${access.host}`
        }
      >
        {date === undefined ? <AllowButton /> : <DisconnectButton host={access.host} />}
      </Row>
    </ul>
  );
}

function AllowButton() {
  const allow = useAllowRepositories();
  return (
    <Button
      size="sm"
      isBusy={allow.isPending || allow.isSuccess}
      onClick={() =>
        allow.mutate(undefined, {
          onError: (error) => toast.error("Can't go to GitHub", { description: messageOf(error) }),
        })
      }
    >
      Allow private repositories
    </Button>
  );
}

function DisconnectButton({ host }: { host: string }) {
  const [isAsking, setAsking] = useState(false);
  const end = useEndGithubAccess();
  return (
    <>
      <Button
        size="sm"
        onClick={() => setAsking(true)}
        aria-label="Disconnect private repositories on GitHub"
      >
        Disconnect
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title="Disconnect private repositories?"
        description={`Podex deletes what ${host} gave it, and revokes it there. You can still sign in with GitHub, which asks you once more.`}
        action="Disconnect"
        isDangerous
        request={end}
        onConfirm={() => end.mutate(undefined, { onSuccess: ({ revoked }) => tellEnd(host, revoked) })}
      />
    </>
  );
}

function tellEnd(host: string, isRevoked: boolean) {
  if (isRevoked) toast.success('Private repositories disconnected');
  else
    toast.warning(`Disconnected here, but not at ${host}`, {
      description: `Podex deleted what it had, and couldn't reach ${host}. Revoke it there in Settings → Applications.`,
    });
}
