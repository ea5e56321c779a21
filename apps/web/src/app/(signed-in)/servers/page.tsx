import type { Metadata } from 'next';
import { PoolSection } from '#features/pool/components/pool-section.tsx';
import { ServersPanel } from '#features/servers/components/servers-panel.tsx';
import { WaitingSection } from '#features/servers/components/waiting-section.tsx';
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
          <div className="flex flex-col gap-6">
            <div>
              <ServersPanel />
            </div>
            <WaitingSection />
            <PoolSection />
          </div>
        </AdminOnly>
      </main>
    </div>
  );
}
