import type { Metadata } from 'next';
import { AdminOnly } from '#features/session/components/admin-only.tsx';
import { AppHeader, HeaderPlace } from '../app-header.tsx';
import { PeopleScreen } from './people-screen.tsx';

export const metadata: Metadata = { title: 'People' };

export default function PeoplePage() {
  return (
    <div className="flex min-h-dvh flex-col">
      <AppHeader>
        <HeaderPlace>People</HeaderPlace>
      </AppHeader>
      <main className="mx-auto w-full max-w-3xl flex-1 px-4 py-8">
        <AdminOnly>
          <PeopleScreen />
        </AdminOnly>
      </main>
    </div>
  );
}
