import { pageOf } from '@podex/contracts/pagination';
import { capacity, server } from '@podex/contracts/servers';
import { queryOptions } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';

/** More servers than this are not listed on one page. */
const LISTED_SERVERS = 200;

const serverPage = pageOf(server);

export function serversQuery() {
  return queryOptions({
    queryKey: ['servers', 'list'],
    queryFn: async ({ signal }) => {
      const params = { query: { limit: LISTED_SERVERS } };
      return (await responseOf(serverPage, api().GET('/api/admin/servers', { params, signal }))).items;
    },
  });
}

export function capacityQuery() {
  return queryOptions({
    queryKey: ['servers', 'capacity'],
    queryFn: ({ signal }) => responseOf(capacity, api().GET('/api/admin/servers/capacity', { signal })),
  });
}
