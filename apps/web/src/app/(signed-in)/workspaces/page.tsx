import type { Metadata } from 'next';
import { WorkspacesPanel } from '#features/workspaces/components/workspaces-panel.tsx';
import { AppHeader } from '../app-header.tsx';

export const metadata: Metadata = { title: 'Workspaces' };

export default function WorkspacesPage() {
  return (
    <div className="flex min-h-dvh flex-col">
      <AppHeader />
      <main className="mx-auto w-full max-w-5xl flex-1 px-4 py-8">
        <WorkspacesPanel />
      </main>
    </div>
  );
}
