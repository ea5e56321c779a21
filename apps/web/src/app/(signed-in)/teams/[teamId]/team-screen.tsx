'use client';

import { useSession } from '#features/session/components/session-context.tsx';
import { TeamPanel } from '#features/teams/components/team-panel.tsx';

export function TeamScreen({ teamId }: { teamId: string }) {
  const user = useSession();
  return <TeamPanel teamId={teamId} userId={user.id} isAdmin={user.role === 'admin'} />;
}
