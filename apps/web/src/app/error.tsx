'use client';

import { ErrorState } from '#components/error-state.tsx';
import { messageOf } from '#lib/api-client.ts';

/** An error of the page itself. Errors of a request are shown where the request was made. */
export default function PageError({ error, reset }: { error: Error; reset: () => void }) {
  return (
    <main className="flex min-h-dvh items-center justify-center">
      <ErrorState title="This page crashed" message={messageOf(error)} onRetry={reset} />
    </main>
  );
}
