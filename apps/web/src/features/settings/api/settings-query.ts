import { settings, type UpdateSettingsInput } from '@podex/contracts/settings';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, definedOnly, responseOf } from '#lib/api-client.ts';

export function settingsQuery() {
  return queryOptions({
    queryKey: ['settings'],
    queryFn: ({ signal }) => responseOf(settings, api().GET('/api/admin/settings', { signal })),
  });
}

export function useUpdateSettings() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: UpdateSettingsInput) =>
      responseOf(settings, api().PATCH('/api/admin/settings', { body: definedOnly(body) })),
    onSuccess: (changed) => queryClient.setQueryData(settingsQuery().queryKey, changed),
  });
}
