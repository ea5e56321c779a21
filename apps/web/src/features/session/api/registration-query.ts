import { openInvitation } from '@podex/contracts/invitations';
import { registration } from '@podex/contracts/settings';
import { queryOptions } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';

/** Who may make an account here. */
export function registrationQuery() {
  return queryOptions({
    queryKey: ['registration'],
    queryFn: ({ signal }) => responseOf(registration, api().GET('/api/registration', { signal })),
  });
}

/** Whom the link of an invitation is for. */
export function openInvitationQuery(token: string) {
  return queryOptions({
    queryKey: ['open-invitation', token],
    queryFn: ({ signal }) =>
      responseOf(openInvitation, api().POST('/api/invitations/look_up', { body: { token }, signal })),
    retry: false,
  });
}
