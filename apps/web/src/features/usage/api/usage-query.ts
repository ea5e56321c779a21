import { type AdminUsageGroup, type UsageGroup, usagePage } from '@podex/contracts/model-usage';
import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, definedOnly, responseOf } from '#lib/api-client.ts';
import type { DayRange } from '../model/periods.ts';

const PAGE_SIZE = 50;
/** A bar for each day of the longest period. */
export const DAYS_MAX = 200;

/** Everybody’s is for admins. */
export type UsageAsked = { of: 'own'; by: UsageGroup } | { of: 'all'; by: AdminUsageGroup };

export function usageQuery(asked: UsageAsked, range: DayRange) {
  return infiniteQueryOptions({
    queryKey: ['usage', asked, range],
    queryFn: ({ pageParam, signal }) => {
      const page = { ...range, limit: asked.by === 'day' ? DAYS_MAX : PAGE_SIZE, after: pageParam };
      const request =
        asked.of === 'all'
          ? api().GET('/api/admin/usage', {
              params: { query: definedOnly({ ...page, by: asked.by }) },
              signal,
            })
          : api().GET('/api/usage', { params: { query: definedOnly({ ...page, by: asked.by }) }, signal });
      return responseOf(usagePage, request);
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
}
