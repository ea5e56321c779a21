import { type NetworkPolicyInput, networkPolicy } from '@podex/contracts/network-policies';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';

const ofWorkspace = (workspaceId: string) => ({ path: { workspace_id: workspaceId } });

export function networkPolicyQuery(workspaceId: string) {
  return queryOptions({
    queryKey: ['workspaces', 'network-policy', workspaceId],
    queryFn: ({ signal }) => {
      const params = ofWorkspace(workspaceId);
      return responseOf(
        networkPolicy,
        api().GET('/api/workspaces/{workspace_id}/network-policy', { params, signal }),
      );
    },
  });
}

/** Waits until it is in force, or for some seconds. */
export function useSetNetworkPolicy(workspaceId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: NetworkPolicyInput) => {
      const params = ofWorkspace(workspaceId);
      return responseOf(
        networkPolicy,
        api().PUT('/api/workspaces/{workspace_id}/network-policy', { params, body }),
      );
    },
    onSuccess: (policy) => {
      queryClient.setQueryData(networkPolicyQuery(workspaceId).queryKey, policy);
      return queryClient.invalidateQueries({ queryKey: ['workspaces'] });
    },
  });
}
