'use client';

import { ErrorState } from '#components/error-state.tsx';
import { messageOf } from '#lib/api-client.ts';

/** A fault of the page itself. What api refuses is shown where it was asked. */
export default function PageError({ error, reset }: { error: Error; reset: () => void }) {
  return (
    <main className="flex min-h-dvh items-center justify-center">
      <ErrorState title="This page broke" message={messageOf(error)} onRetry={reset} />
    </main>
  );
}
