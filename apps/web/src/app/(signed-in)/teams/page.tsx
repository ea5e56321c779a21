import type { Metadata } from 'next';
import { TeamsPanel } from '#features/teams/components/teams-panel.tsx';
import { AppHeader, HeaderPlace } from '../app-header.tsx';

export const metadata: Metadata = { title: 'Teams' };

export default function TeamsPage() {
  return (
    <div className="flex min-h-dvh flex-col">
      <AppHeader>
        <HeaderPlace>Teams</HeaderPlace>
      </AppHeader>
      <main className="mx-auto w-full max-w-3xl flex-1 px-4 py-8">
        <TeamsPanel />
      </main>
    </div>
  );
}
