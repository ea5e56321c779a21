import type { Metadata } from 'next';
import { Suspense } from 'react';
import { AppHeader, HeaderPlace } from '../../app-header.tsx';
import { OpenPreview } from './open-preview.tsx';

export const metadata: Metadata = { title: 'Preview', referrer: 'no-referrer' };

export default function OpenPreviewPage() {
  return (
    <div className="flex min-h-dvh flex-col">
      <AppHeader>
        <HeaderPlace>Preview</HeaderPlace>
      </AppHeader>
      <main className="mx-auto flex w-full max-w-md flex-1 flex-col justify-center px-4 py-8">
        <Suspense>
          <OpenPreview />
        </Suspense>
      </main>
    </div>
  );
}
