import { pageOf } from '@podex/contracts/pagination';
import { capacity, server } from '@podex/contracts/servers';
import { waitingWorkspace } from '@podex/contracts/waiting';
import { queryOptions } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';
import { isDraining } from '../model/drain-words.ts';

/** More servers than this are not listed on one page. */
const LISTED_SERVERS = 200;
/** While a check goes on: its lines are shown as they are found. */
const FOLLOW_CHECK_EVERY_MS = 1_000;
/** Between events: a workspace that has stopped is waited for no more, which is not told of its server. */
const FOLLOW_DRAIN_EVERY_MS = 2_000;

/** Those that have waited longest; an admin who has helped them sees the next. */
const LISTED_WAITING = 50;
/** Who waits is no fact of a server, and so not among its events. */
const FOLLOW_WAITING_EVERY_MS = 5_000;

const waitingPage = pageOf(waitingWorkspace);
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

export function serverQuery(serverId: string) {
  return queryOptions({
    queryKey: ['servers', 'one', serverId],
    queryFn: ({ signal }) => {
      const params = { path: { server_id: serverId } };
      return responseOf(server, api().GET('/api/admin/servers/{server_id}', { params, signal }));
    },
    refetchInterval: ({ state: { data } }) => {
      if ((data?.progress ?? null) !== null) return FOLLOW_CHECK_EVERY_MS;
      return data !== undefined && isDraining(data) ? FOLLOW_DRAIN_EVERY_MS : false;
    },
  });
}

export function waitingQuery() {
  return queryOptions({
    queryKey: ['servers', 'waiting'],
    queryFn: async ({ signal }) => {
      const params = { query: { limit: LISTED_WAITING } };
      const path = '/api/admin/workspaces/waiting';
      return (await responseOf(waitingPage, api().GET(path, { params, signal }))).items;
    },
    refetchInterval: FOLLOW_WAITING_EVERY_MS,
  });
}

export function capacityQuery() {
  return queryOptions({
    queryKey: ['servers', 'capacity'],
    queryFn: ({ signal }) => responseOf(capacity, api().GET('/api/admin/servers/capacity', { signal })),
  });
}
