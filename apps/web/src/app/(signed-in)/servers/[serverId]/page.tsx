import type { Metadata } from 'next';
import Link from 'next/link';
import { ServerPanel } from '#features/servers/components/server-panel.tsx';
import { AdminOnly } from '#features/session/components/admin-only.tsx';
import { paths } from '#lib/paths.ts';
import { AppHeader, HeaderPlace } from '../../app-header.tsx';

export const metadata: Metadata = { title: 'Server' };

export default async function ServerPage({ params }: { params: Promise<{ serverId: string }> }) {
  const { serverId } = await params;
  return (
    <div className="flex min-h-dvh flex-col">
      <AppHeader>
        <HeaderPlace>
          <Link href={paths.servers()}>Servers</Link>
        </HeaderPlace>
      </AppHeader>
      <main className="mx-auto w-full max-w-5xl flex-1 px-4 py-8">
        <AdminOnly>
          <ServerPanel serverId={serverId} />
        </AdminOnly>
      </main>
    </div>
  );
}
