import { me } from '@podex/contracts/accounts';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';
import { askAuth } from '#lib/auth-api.ts';
import { readSecret } from '../model/authenticator-app.ts';

/** Whatever is known of the signed-in person stands below this key. */
const ME_KEY = ['me'];

export interface SetUp {
  /** What the QR code holds. */
  uri: string;
  /** The same to type by hand. */
  secret: string;
  recoveryCodes: string[];
}

interface PasswordGiven {
  /** Empty where the account has none. */
  password: string;
}

export function twoFactorQuery() {
  return queryOptions({
    queryKey: [...ME_KEY, 'two-factor'],
    queryFn: async ({ signal }) => (await responseOf(me, api().GET('/api/me', { signal }))).two_factor,
  });
}

/** Begins it: nothing has changed until `useConfirm`. */
export function useSetUp() {
  return useMutation({
    mutationFn: async ({ password }: PasswordGiven): Promise<SetUp> => {
      const body = await askAuth('POST', 'two-factor/enable', given({ password }));
      const uri = textIn(body, 'totpURI');
      return { uri, secret: readSecret(uri), recoveryCodes: codesIn(body) };
    },
  });
}

export function useConfirm() {
  return useMutation({
    mutationFn: (code: string) => askAuth('POST', 'two-factor/verify-totp', { code }),
  });
}

export function useTurnOff() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ password, code }: PasswordGiven & { code: string }) =>
      askAuth('POST', 'two-factor/disable', { ...given({ password }), code }),
    onSuccess: refresh,
  });
}

export function useNewRecoveryCodes() {
  return useMutation({
    mutationFn: async ({ password }: PasswordGiven) =>
      codesIn(await askAuth('POST', 'two-factor/generate-backup-codes', given({ password }))),
  });
}

/** Reads again whether two-factor authentication is on, everywhere on the page. */
export function useRefresh(): () => Promise<void> {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: ME_KEY });
}

function given({ password }: PasswordGiven): { password?: string } {
  return password === '' ? {} : { password };
}

function fieldOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
}

function textIn(body: unknown, name: string): string {
  const value = fieldOf(body, name);
  return typeof value === 'string' ? value : '';
}

function codesIn(body: unknown): string[] {
  const codes = fieldOf(body, 'backupCodes');
  return Array.isArray(codes) ? codes.filter((code) => typeof code === 'string') : [];
}
