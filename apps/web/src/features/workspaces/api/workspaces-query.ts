import { pageOf } from '@podex/contracts/pagination';
import { regions } from '@podex/contracts/servers';
import { rebuildPreview, type Workspace, workspace } from '@podex/contracts/workspaces';
import { queryOptions } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';

const PAGE_SIZE = 200;
/** A thousand workspaces of one user; more are not listed. */
const MAX_PAGES = 5;

const workspacePage = pageOf(workspace);

/** Own workspaces, newest first. */
export function workspacesQuery() {
  return queryOptions({
    queryKey: ['workspaces', 'list'],
    queryFn: ({ signal }) => listWorkspaces(signal),
  });
}

export function workspaceQuery(workspaceId: string) {
  return queryOptions({
    queryKey: ['workspaces', 'one', workspaceId],
    queryFn: ({ signal }) =>
      responseOf(
        workspace,
        api().GET('/api/workspaces/{workspace_id}', {
          params: { path: { workspace_id: workspaceId } },
          signal,
        }),
      ),
  });
}

/** Where a new workspace can live. */
export function regionsQuery() {
  return queryOptions({
    queryKey: ['regions'],
    queryFn: ({ signal }) => responseOf(regions, api().GET('/api/regions', { signal })),
  });
}

/** What a rebuild would keep and lose. */
export function rebuildPreviewQuery(workspaceId: string) {
  return queryOptions({
    queryKey: ['workspaces', 'rebuild', workspaceId],
    queryFn: ({ signal }) =>
      responseOf(
        rebuildPreview,
        api().GET('/api/workspaces/{workspace_id}/rebuild', {
          params: { path: { workspace_id: workspaceId } },
          signal,
        }),
      ),
  });
}

async function listWorkspaces(signal: AbortSignal): Promise<Workspace[]> {
  const all: Workspace[] = [];
  let after: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const query = { limit: PAGE_SIZE, ...(after === undefined ? {} : { after }) };
    const page = await responseOf(workspacePage, api().GET('/api/workspaces', { params: { query }, signal }));
    all.push(...page.items);
    if (page.next === null) break;
    after = page.next;
  }
  return all;
}
