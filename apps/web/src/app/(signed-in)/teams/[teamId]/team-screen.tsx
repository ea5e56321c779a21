'use client';

import { TeamUsageSection } from '#features/quotas/components/usage-section.tsx';
import { TeamSecretsSection } from '#features/secrets/components/secrets-section.tsx';
import { useSession } from '#features/session/components/session-context.tsx';
import { TeamPanel } from '#features/teams/components/team-panel.tsx';

/** A team with everything that belongs to it. Viewers learn nothing of its secrets. */
export function TeamScreen({ teamId }: { teamId: string }) {
  const user = useSession();
  return (
    <TeamPanel teamId={teamId} userId={user.id} isAdmin={user.role === 'admin'}>
      {(id, covers) => (
        <>
          {covers('member') && <TeamSecretsSection teamId={id} canChange={covers('admin')} />}
          <TeamUsageSection teamId={id} isAdmin={user.role === 'admin'} />
        </>
      )}
    </TeamPanel>
  );
}
