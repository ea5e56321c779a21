import {
  type DrainServerInput,
  type MoveWorkspaceInput,
  type ServerWorkspace,
  serverWorkspace,
  workspaceMove,
} from '@podex/contracts/moves';
import { pageOf } from '@podex/contracts/pagination';
import { server } from '@podex/contracts/servers';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, definedOnly, responseOf } from '#lib/api-client.ts';
import { isUnderWay } from '../model/move-words.ts';

const PAGE_SIZE = 200;
/** While something moves: bytes that are copied, and workspaces that stop, are not told by an event of their own. */
const FOLLOW_MOVES_EVERY_MS = 2_000;

const movePage = pageOf(workspaceMove);
const workspacePage = pageOf(serverWorkspace);

/** From and to the server, newest first. More than a page of them are history. */
export function serverMovesQuery(serverId: string) {
  return queryOptions({
    queryKey: ['servers', 'moves', serverId],
    queryFn: async ({ signal }) => {
      const params = { path: { server_id: serverId }, query: { limit: PAGE_SIZE } };
      return (
        await responseOf(movePage, api().GET('/api/admin/servers/{server_id}/moves', { params, signal }))
      ).items;
    },
    refetchInterval: ({ state }) => (state.data?.some(isUnderWay) === true ? FOLLOW_MOVES_EVERY_MS : false),
  });
}

/** All of them: none may be missing where it is asked whose files are given up. */
export function serverWorkspacesQuery(serverId: string, { isFollowed = false } = {}) {
  return queryOptions({
    queryKey: ['servers', 'workspaces', serverId],
    queryFn: ({ signal }) => listWorkspaces(serverId, signal),
    refetchInterval: isFollowed ? FOLLOW_MOVES_EVERY_MS : false,
  });
}

async function listWorkspaces(serverId: string, signal: AbortSignal): Promise<ServerWorkspace[]> {
  const items: ServerWorkspace[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const query = definedOnly({ limit: PAGE_SIZE, after });
    const params = { path: { server_id: serverId }, query };
    const page: { items: ServerWorkspace[]; next: string | null } = await responseOf(
      workspacePage,
      api().GET('/api/admin/servers/{server_id}/workspaces', { params, signal }),
    );
    items.push(...page.items);
    after = page.next;
  }
  return items;
}

function useRefreshServers() {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: ['servers'] });
}

export function useDrainServer(serverId: string) {
  const refresh = useRefreshServers();
  return useMutation({
    mutationFn: (body: DrainServerInput) => {
      const request = { params: { path: { server_id: serverId } }, body };
      return responseOf(server, api().POST('/api/admin/servers/{server_id}/drain', request));
    },
    onSettled: refresh,
  });
}

export function useMoveToServer(workspaceId: string) {
  const refresh = useRefreshServers();
  return useMutation({
    mutationFn: (input: MoveWorkspaceInput) => {
      const request = { params: { path: { workspace_id: workspaceId } }, body: definedOnly(input) };
      return responseOf(workspaceMove, api().POST('/api/admin/workspaces/{workspace_id}/move', request));
    },
    onSettled: refresh,
  });
}

export function useCancelMove(workspaceId: string) {
  const refresh = useRefreshServers();
  return useMutation({
    mutationFn: () => {
      const params = { path: { workspace_id: workspaceId } };
      return responseOf(
        workspaceMove,
        api().POST('/api/admin/workspaces/{workspace_id}/move/cancel', { params }),
      );
    },
    onSettled: refresh,
  });
}
