'use client';

import { useRouter } from 'next/navigation';
import { useSession } from '#features/session/components/session-context.tsx';
import { TeamPanel } from '#features/teams/components/team-panel.tsx';
import { paths } from '#lib/paths.ts';

/** One team as the person who is signed in sees it. */
export function TeamScreen({ teamId }: { teamId: string }) {
  const router = useRouter();
  const isAdmin = useSession().role === 'admin';
  return <TeamPanel teamId={teamId} isAdmin={isAdmin} onGone={() => router.push(paths.teams())} />;
}
