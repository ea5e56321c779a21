import type { Metadata } from 'next';
import { Suspense } from 'react';
import { DevicePanel } from '#features/device/components/device-panel.tsx';
import { AppHeader, HeaderPlace } from '../app-header.tsx';

export const metadata: Metadata = { title: 'Sign in a program', referrer: 'no-referrer' };

export default function DevicePage() {
  return (
    <div className="flex min-h-dvh flex-col">
      <AppHeader>
        <HeaderPlace>Sign in a program</HeaderPlace>
      </AppHeader>
      <main className="mx-auto w-full max-w-md flex-1 px-4 py-8">
        <Suspense>
          <DevicePanel />
        </Suspense>
      </main>
    </div>
  );
}
