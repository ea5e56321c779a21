import { PodexError } from '@podex/contracts/errors';
import type { DeleteMeInput } from '@podex/contracts/users';
import { useMutation } from '@tanstack/react-query';
import { apiUrl } from '#lib/api-address.ts';
import { api, definedOnly } from '#lib/api-client.ts';

const TIMEOUT_MS = 30_000;

export interface PasswordChange {
  currentPassword: string;
  newPassword: string;
  /** All other sessions end in any case. */
  revokesTokens: boolean;
}

export function useChangeName() {
  return useMutation({ mutationFn: (name: string) => postAuth('update-user', { name }) });
}

export function useChangePassword() {
  return useMutation({
    mutationFn: ({ revokesTokens, ...passwords }: PasswordChange) =>
      postAuth('change-password', { ...passwords, revoke_tokens: revokesTokens }),
  });
}

export function useDeleteAccount() {
  return useMutation({
    mutationFn: async (input: DeleteMeInput) => {
      await api().POST('/api/me/delete', { body: definedOnly(input) });
    },
  });
}

/** One of better-auth's routes. @throws PodexError with the cause and the cure. */
async function postAuth(path: string, body: object): Promise<void> {
  const response = await send(`${apiUrl()}/api/auth/${path}`, body);
  if (!response.ok) throw PodexError.fromBody(await response.json().catch(() => undefined));
}

async function send(url: string, body: object): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      credentials: 'include',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (cause) {
    const message = `Can't reach Podex at ${apiUrl()}. Check that it runs and that the network is up.`;
    throw new PodexError('service_unavailable', message, { service: 'api' }, { cause });
  }
}
