import { type Me, me } from '@podex/contracts/accounts';
import { PodexError } from '@podex/contracts/errors';
import { queryOptions } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';

/** Who is signed in; null when nobody is. */
export function meQuery() {
  return queryOptions({
    queryKey: ['me'],
    queryFn: ({ signal }) => readMe(signal),
    staleTime: 60_000,
  });
}

async function readMe(signal: AbortSignal): Promise<Me | null> {
  try {
    return await responseOf(me, api().GET('/api/me', { signal }));
  } catch (error) {
    if (PodexError.has(error, 'unauthenticated')) return null;
    throw error;
  }
}
