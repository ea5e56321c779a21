import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { messageOf } from '#lib/api-client.ts';
import { askAuth } from '#lib/auth-api.ts';
import { askPasskey, createPasskey, wordsOf } from '../model/ceremony.ts';

const QUERY_KEY = ['passkeys'];

export interface Passkey {
  id: string;
  name: string;
  createdAt: string | undefined;
}

export function passkeysQuery() {
  return queryOptions({
    queryKey: QUERY_KEY,
    queryFn: async (): Promise<Passkey[]> => {
      const body = await askAuth('GET', 'passkey/list-user-passkeys');
      return Array.isArray(body) ? body.flatMap(readPasskey) : [];
    },
  });
}

/** @throws PodexError confirmation_required when the sign-in is some minutes old. */
export function useAddPasskey() {
  return usePasskeyChange(async (name: string) => {
    const options = await askAuth('GET', 'passkey/generate-register-options');
    const response = await inWords(() => createPasskey(requireRecord(options)));
    await askAuth('POST', 'passkey/verify-registration', { response, name });
  });
}

export function useRenamePasskey() {
  return usePasskeyChange(async (given: { id: string; name: string }) => {
    await askAuth('POST', 'passkey/update-passkey', given);
  });
}

/** @throws PodexError confirmation_required when the sign-in is some minutes old. */
export function useDeletePasskey() {
  return usePasskeyChange(async (id: string) => {
    await askAuth('POST', 'passkey/delete-passkey', { id });
  });
}

/** Shows that it is still the same person who sits there. */
export function useConfirmPassword() {
  return useMutation({
    mutationFn: (password: string) => askAuth('POST', 'verify-password', { password }),
  });
}

/** `isSuggested`: in the list of the email field, until `signal` ends it. */
export async function signInWithPasskey(how: { signal: AbortSignal; isSuggested: boolean }): Promise<void> {
  const options = requireRecord(await askAuth('GET', 'passkey/generate-authenticate-options'));
  const response = await inWords(() => askPasskey(options, how));
  await askAuth('POST', 'passkey/verify-authentication', { response });
}

function usePasskeyChange<Input>(change: (input: Input) => Promise<void>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => queryClient.invalidateQueries({ queryKey: QUERY_KEY }),
  });
}

async function inWords<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (cause) {
    throw new Error(wordsOf(cause) ?? messageOf(cause), { cause });
  }
}

function requireRecord(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error('Podex sent an unexpected response.');
  return { ...value };
}

function readPasskey(given: unknown): Passkey[] {
  const { id, name, createdAt } = requireRecord(given);
  if (typeof id !== 'string') return [];
  return [
    {
      id,
      name: typeof name === 'string' && name !== '' ? name : 'Passkey',
      createdAt: typeof createdAt === 'string' ? createdAt : undefined,
    },
  ];
}
