import { PodexError } from '@podex/contracts/errors';
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { isWorthRetrying } from './api-client.ts';

const MAX_RETRIES = 2;
const MAX_RETRY_DELAY_MS = 5_000;

export interface QueryClientOptions {
  /** The session has ended: whatever was asked, api does not know this page any more. */
  onUnauthenticated: (client: QueryClient) => void;
}

/** The one home of server data. Live events keep it fresh, so nothing is fetched again only because a window got the focus. */
export function createQueryClient({ onUnauthenticated }: QueryClientOptions): QueryClient {
  const onError = (error: unknown) => {
    if (PodexError.has(error, 'unauthenticated')) onUnauthenticated(client);
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        networkMode: 'always',
        refetchOnWindowFocus: false,
        staleTime: 30_000,
        retry: (failures, error) => failures < MAX_RETRIES && isWorthRetrying(error),
        retryDelay: (attempt) => Math.min(MAX_RETRY_DELAY_MS, 500 * 2 ** attempt),
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
  return client;
}
