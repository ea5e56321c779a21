import { pageOf } from '@podex/contracts/pagination';
import { type CreateRuleInput, rule } from '@podex/contracts/rules';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, idempotencyKey, responseOf } from '#lib/api-client.ts';

/** Where rules hold: a conversation, a workspace, or every workspace of this person. */
export type RulePlace =
  | { scope: 'conversation'; id: string }
  | { scope: 'workspace'; id: string }
  | { scope: 'user' };

const rulePage = pageOf(rule);

function keyOf(place: RulePlace) {
  return ['rules', place.scope, place.scope === 'user' ? 'me' : place.id];
}

export function rulesQuery(place: RulePlace) {
  return queryOptions({
    queryKey: keyOf(place),
    // Approvals add some, and so do other people.
    staleTime: 0,
    queryFn: async ({ signal }) => (await responseOf(rulePage, list(place, signal))).items,
  });
}

export function useAddRule(place: RulePlace) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: CreateRuleInput) => responseOf(rule, create(place, body)),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keyOf(place) }),
  });
}

export function useRemoveRule(place: RulePlace) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => remove(place, id),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keyOf(place) }),
  });
}

function list(place: RulePlace, signal: AbortSignal) {
  switch (place.scope) {
    case 'conversation':
      return api().GET('/api/conversations/{conversation_id}/rules', {
        params: { path: { conversation_id: place.id } },
        signal,
      });
    case 'workspace':
      return api().GET('/api/workspaces/{workspace_id}/rules', {
        params: { path: { workspace_id: place.id } },
        signal,
      });
    case 'user':
      return api().GET('/api/me/rules', { signal });
  }
}

function create(place: RulePlace, body: CreateRuleInput) {
  const headers = idempotencyKey();
  switch (place.scope) {
    case 'conversation':
      return api().POST('/api/conversations/{conversation_id}/rules', {
        params: { path: { conversation_id: place.id } },
        headers,
        body,
      });
    case 'workspace':
      return api().POST('/api/workspaces/{workspace_id}/rules', {
        params: { path: { workspace_id: place.id } },
        headers,
        body,
      });
    case 'user':
      return api().POST('/api/me/rules', { headers, body });
  }
}

async function remove(place: RulePlace, id: string): Promise<void> {
  switch (place.scope) {
    case 'conversation':
      await api().DELETE('/api/conversations/{conversation_id}/rules/{rule_id}', {
        params: { path: { conversation_id: place.id, rule_id: id } },
      });
      return;
    case 'workspace':
      await api().DELETE('/api/workspaces/{workspace_id}/rules/{rule_id}', {
        params: { path: { workspace_id: place.id, rule_id: id } },
      });
      return;
    case 'user':
      await api().DELETE('/api/me/rules/{rule_id}', { params: { path: { rule_id: id } } });
  }
}
