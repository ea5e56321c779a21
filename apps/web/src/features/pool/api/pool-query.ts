import { pool } from '@podex/contracts/pool';
import { queryOptions } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';

/** Slots come and go without an event of their own. */
const REFRESH_EVERY_MS = 5_000;

export function poolQuery() {
  return queryOptions({
    queryKey: ['pool'],
    queryFn: ({ signal }) => responseOf(pool, api().GET('/api/admin/pool', { signal })),
    refetchInterval: REFRESH_EVERY_MS,
  });
}
