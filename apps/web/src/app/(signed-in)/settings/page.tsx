import type { Metadata } from 'next';
import { AdminOnly } from '#features/session/components/admin-only.tsx';
import { SettingsPanel } from '#features/settings/components/settings-panel.tsx';
import { AppHeader, HeaderPlace } from '../app-header.tsx';

export const metadata: Metadata = { title: 'Settings' };

export default function SettingsPage() {
  return (
    <div className="flex min-h-dvh flex-col">
      <AppHeader>
        <HeaderPlace>Settings</HeaderPlace>
      </AppHeader>
      <main className="mx-auto w-full max-w-3xl flex-1 px-4 py-8">
        <AdminOnly>
          <SettingsPanel />
        </AdminOnly>
      </main>
    </div>
  );
}
