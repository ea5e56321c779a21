import { pageOf } from '@podex/contracts/pagination';
import { session } from '@podex/contracts/sessions';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';

const sessionPage = pageOf(session);
const QUERY_KEY = ['sessions'];

export function sessionsQuery() {
  return queryOptions({
    queryKey: QUERY_KEY,
    queryFn: async ({ signal }) =>
      (await responseOf(sessionPage, api().GET('/api/sessions', { signal }))).items,
  });
}

export function useEndSession() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) => {
      await api().DELETE('/api/sessions/{session_id}', { params: { path: { session_id: id } } });
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: QUERY_KEY }),
  });
}

export function useEndOtherSessions() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      await api().DELETE('/api/sessions');
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: QUERY_KEY }),
  });
}
