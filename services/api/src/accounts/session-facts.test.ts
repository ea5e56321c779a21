import { describe, expect, it } from 'vitest';
import { signInMethodOf } from './session-facts.ts';

describe('signInMethodOf', () => {
  it.each([
    [{ path: '/sign-in/email' }, 'password'],
    [{ path: '/change-password' }, 'password'],
    [{ path: '/two-factor/verify-totp' }, 'password'],
    [{ path: '/passkey/verify-authentication' }, 'passkey'],
    [{ path: '/callback/:id', params: { id: 'github' } }, 'github'],
    [{ path: '/oauth2/callback/:providerId', params: { providerId: 'company-sso' } }, 'company-sso'],
    [{ path: '/callback/:id', params: { id: '<b>x</b>' } }, undefined],
    [{ path: '/something-else', params: { id: 'github' } }, undefined],
    [{}, undefined],
  ])('%o is %s', (request, method) => {
    expect(signInMethodOf(request)).toBe(method);
  });
});
