import type { Metadata } from 'next';
import { AppHeader, HeaderPlace } from '../../app-header.tsx';
import { TeamScreen } from './team-screen.tsx';

export const metadata: Metadata = { title: 'Team' };

export default async function TeamPage({ params }: { params: Promise<{ teamId: string }> }) {
  const { teamId } = await params;
  return (
    <div className="flex min-h-dvh flex-col">
      <AppHeader>
        <HeaderPlace>Team</HeaderPlace>
      </AppHeader>
      <main className="mx-auto w-full max-w-3xl flex-1 px-4 py-8">
        <TeamScreen key={teamId} teamId={teamId} />
      </main>
    </div>
  );
}
