import { type CreateInvitationInput, createdInvitation, invitation } from '@podex/contracts/invitations';
import { pageOf } from '@podex/contracts/pagination';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, idempotencyKey, responseOf } from '#lib/api-client.ts';

/** More open invitations than this are not listed on one page. */
const LISTED_INVITATIONS = 200;

const invitationPage = pageOf(invitation);
const QUERY_KEY = ['invitations'];

export function invitationsQuery() {
  return queryOptions({
    queryKey: QUERY_KEY,
    queryFn: async ({ signal }) => {
      const params = { query: { limit: LISTED_INVITATIONS } };
      return (await responseOf(invitationPage, api().GET('/api/admin/invitations', { params, signal })))
        .items;
    },
  });
}

export function useInvite() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: CreateInvitationInput) =>
      responseOf(
        createdInvitation,
        api().POST('/api/admin/invitations', { headers: idempotencyKey(), body }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: QUERY_KEY }),
  });
}

export function useRevokeInvitation() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) => {
      const params = { path: { invitation_id: id } };
      await api().DELETE('/api/admin/invitations/{invitation_id}', { params });
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: QUERY_KEY }),
  });
}
