'use client';

import type { Me } from '@podex/contracts/accounts';
import { useQuery } from '@tanstack/react-query';
import { usePathname, useRouter } from 'next/navigation';
import { createContext, type ReactNode, use, useEffect } from 'react';
import { ErrorState } from '#components/error-state.tsx';
import { Spinner } from '#components/spinner.tsx';
import { messageOf } from '#lib/api-client.ts';
import { paths } from '#lib/paths.ts';
import { meQuery } from '../api/me-query.ts';

const SessionContext = createContext<Me | undefined>(undefined);

/** Shows its children to signed-in users only; sends everyone else to sign-in and back. */
export function SessionGate({ children }: { children: ReactNode }) {
  const me = useQuery(meQuery());
  const router = useRouter();
  const pathname = usePathname();
  const isSignedOut = me.data === null;
  useEffect(() => {
    // With its query: the page that signs a program in has its code there.
    if (isSignedOut) router.replace(paths.signIn(`${pathname}${window.location.search}`));
  }, [isSignedOut, pathname, router]);

  if (me.data) return <SessionContext value={me.data}>{children}</SessionContext>;
  return (
    <main className="flex min-h-dvh items-center justify-center">
      {me.isError ? (
        <ErrorState
          title="Can't reach Podex"
          message={messageOf(me.error)}
          isRetrying={me.isFetching}
          onRetry={() => me.refetch()}
        />
      ) : (
        <p role="status" className="flex items-center gap-2 text-ink-3">
          <Spinner /> Opening Podex…
        </p>
      )}
    </main>
  );
}

/** The signed-in user; below a SessionGate only. */
export function useSession(): Me {
  const user = use(SessionContext);
  if (user === undefined) throw new Error('useSession needs a SessionGate above it');
  return user;
}
