import {
  authorizedPreview,
  PORTS_WAIT_MS_MAX,
  previewLink,
  type UpdatePortInput,
  type WorkspacePort,
  type WorkspacePorts,
  workspacePort,
  workspacePorts,
} from '@podex/contracts/previews';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, definedOnly, responseOf } from '#lib/api-client.ts';

/** From one response to the next request, which waits at the workspace until something changes. */
const AGAIN_AFTER_MS = 200;
/** Where the workspace cannot wait. */
const LOOK_EVERY_MS = 5_000;

const ofPort = (workspaceId: string, port: number) => ({ path: { workspace_id: workspaceId, port } });

/** Kept current while the page is looked at: a port is there within two seconds. */
export function portsQuery(workspaceId: string) {
  return queryOptions({
    queryKey: ['ports', workspaceId],
    queryFn: ({ signal, client, queryKey }) => {
      const revision = client.getQueryData<WorkspacePorts>(queryKey)?.revision;
      const query = revision ? { after: revision, wait_ms: PORTS_WAIT_MS_MAX } : { wait_ms: 0 };
      const params = { path: { workspace_id: workspaceId }, query };
      return responseOf(
        workspacePorts,
        api().GET('/api/workspaces/{workspace_id}/ports', { params, signal }),
      );
    },
    refetchInterval: ({ state: { data } }) => (data?.revision ? AGAIN_AFTER_MS : LOOK_EVERY_MS),
    staleTime: 0,
  });
}

/** What a response says of a port, in the list that is known. */
function useKeepPort(workspaceId: string, port: number) {
  const queryClient = useQueryClient();
  const { queryKey } = portsQuery(workspaceId);
  return (change: (known: WorkspacePort) => Partial<WorkspacePort>) =>
    queryClient.setQueryData(queryKey, (known) =>
      known === undefined
        ? known
        : {
            ...known,
            items: known.items.map((one) => (one.port === port ? { ...one, ...change(one) } : one)),
          },
    );
}

export function useUpdatePort(workspaceId: string, port: number) {
  const keep = useKeepPort(workspaceId, port);
  return useMutation({
    mutationFn: (input: UpdatePortInput) => {
      const params = ofPort(workspaceId, port);
      const body = definedOnly(input);
      return responseOf(
        workspacePort,
        api().PUT('/api/workspaces/{workspace_id}/ports/{port}', { params, body }),
      );
    },
    onSuccess: ({ access, label, links_expire_at }) => keep(() => ({ access, label, links_expire_at })),
  });
}

export function useCreatePreviewLink(workspaceId: string, port: number) {
  const keep = useKeepPort(workspaceId, port);
  return useMutation({
    mutationFn: (expiresInSeconds: number) => {
      const params = ofPort(workspaceId, port);
      const body = { expires_in_seconds: expiresInSeconds };
      return responseOf(
        previewLink,
        api().POST('/api/workspaces/{workspace_id}/ports/{port}/links', { params, body }),
      );
    },
    onSuccess: ({ expires_at: end }) =>
      keep(({ links_expire_at: last }) => ({ links_expire_at: last !== null && last > end ? last : end })),
  });
}

export function useRevokePreviewLinks(workspaceId: string, port: number) {
  const keep = useKeepPort(workspaceId, port);
  return useMutation({
    mutationFn: async () => {
      const params = ofPort(workspaceId, port);
      await api().DELETE('/api/workspaces/{workspace_id}/ports/{port}/links', { params });
    },
    onSuccess: () => keep(() => ({ links_expire_at: null })),
  });
}

export interface PreviewWish {
  workspaceId: string;
  port: number;
  state: string;
  path: string;
}

/** Lets this browser in to a private preview. @returns where it goes for that. */
export async function authorizePreview({ workspaceId, port, state, path }: PreviewWish): Promise<string> {
  const params = ofPort(workspaceId, port);
  const body = { state, path };
  const { url } = await responseOf(
    authorizedPreview,
    api().POST('/api/workspaces/{workspace_id}/ports/{port}/authorize', { params, body }),
  );
  return url;
}
