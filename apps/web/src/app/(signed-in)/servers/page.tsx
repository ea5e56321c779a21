import type { Metadata } from 'next';
import { ServersPanel } from '#features/servers/components/servers-panel.tsx';
import { AdminOnly } from '#features/session/components/admin-only.tsx';
import { AppHeader, HeaderPlace } from '../app-header.tsx';

export const metadata: Metadata = { title: 'Servers' };

export default function ServersPage() {
  return (
    <div className="flex min-h-dvh flex-col">
      <AppHeader>
        <HeaderPlace>Servers</HeaderPlace>
      </AppHeader>
      <main className="mx-auto w-full max-w-5xl flex-1 px-4 py-8">
        <AdminOnly>
          <ServersPanel />
        </AdminOnly>
      </main>
    </div>
  );
}
