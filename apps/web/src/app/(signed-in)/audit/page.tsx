import type { Metadata } from 'next';
import { AuditPanel } from '#features/audit/components/audit-panel.tsx';
import { AdminOnly } from '#features/session/components/admin-only.tsx';
import { AppHeader, HeaderPlace } from '../app-header.tsx';

export const metadata: Metadata = { title: 'Audit log' };

export default function AuditPage() {
  return (
    <div className="flex min-h-dvh flex-col">
      <AppHeader>
        <HeaderPlace>Audit log</HeaderPlace>
      </AppHeader>
      <main className="mx-auto w-full max-w-6xl flex-1 px-4 py-8">
        <AdminOnly>
          <AuditPanel />
        </AdminOnly>
      </main>
    </div>
  );
}
