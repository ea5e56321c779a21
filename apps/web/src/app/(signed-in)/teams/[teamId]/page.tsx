import type { Metadata } from 'next';
import Link from 'next/link';
import { paths } from '#lib/paths.ts';
import { AppHeader, HeaderPlace } from '../../app-header.tsx';
import { TeamScreen } from './team-screen.tsx';

export const metadata: Metadata = { title: 'Team' };

export default async function TeamPage({ params }: { params: Promise<{ teamId: string }> }) {
  const { teamId } = await params;
  return (
    <div className="flex min-h-dvh flex-col">
      <AppHeader>
        <HeaderPlace>
          <Link href={paths.teams()}>Teams</Link>
        </HeaderPlace>
      </AppHeader>
      <main className="mx-auto w-full max-w-3xl flex-1 px-4 py-8">
        <TeamScreen teamId={teamId} />
      </main>
    </div>
  );
}
