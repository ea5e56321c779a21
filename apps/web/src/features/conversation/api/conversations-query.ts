import { conversation } from '@podex/contracts/conversations';
import { modelList } from '@podex/contracts/models';
import { pageOf } from '@podex/contracts/pagination';
import { queryOptions } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';

/** The newest so many are offered; older ones stay reachable by their address. */
const LISTED_CONVERSATIONS = 100;

const conversationPage = pageOf(conversation);

/** Conversations of a workspace, newest first. */
export function conversationsQuery(workspaceId: string) {
  return queryOptions({
    queryKey: ['conversations', workspaceId],
    queryFn: async ({ signal }) => {
      const params = { path: { workspace_id: workspaceId }, query: { limit: LISTED_CONVERSATIONS } };
      const page = await responseOf(
        conversationPage,
        api().GET('/api/workspaces/{workspace_id}/conversations', { params, signal }),
      );
      return page.items;
    },
  });
}

export function conversationQuery(conversationId: string) {
  return queryOptions({
    queryKey: ['conversation', conversationId],
    queryFn: ({ signal }) =>
      responseOf(
        conversation,
        api().GET('/api/conversations/{conversation_id}', {
          params: { path: { conversation_id: conversationId } },
          signal,
        }),
      ),
  });
}

/** The models. They change with the operator's configuration, so they are fetched again from time to time. */
export function modelsQuery() {
  return queryOptions({
    queryKey: ['models'],
    queryFn: ({ signal }) => responseOf(modelList, api().GET('/api/models', { signal })),
    staleTime: 60_000,
    refetchInterval: ({ state }) => (state.data?.configured === false ? 10_000 : false),
  });
}
