import { describe, expect, it } from 'vitest';
import { OAuthBrowser } from '../../testing/oauth-browser.ts';
import { githubPerson, setUpOAuth, signedInBrowser } from '../../testing/set-up-oauth.ts';

describe('the audit log of sign-in with a provider', () => {
  const oauth = setUpOAuth();

  it('tells of sign-ins, and of accounts linked and unlinked', async () => {
    const { api, github } = oauth();
    const admin = await api.signInAdmin();
    const read = async (query: string) =>
      (await api.ask('GET', `/api/admin/audit?limit=50&${query}`, { as: admin })).body.items;
    github.person = githubPerson('octo@example.com');
    const octo = new OAuthBrowser(api);
    expect((await octo.signIn('github')).error).toBeNull();
    const me = await octo.me();
    expect(await read('action=sign_in.succeeded&actor=octo@example.com')).toMatchObject([
      { actor: { id: me?.id }, details: { method: 'provider' } },
    ]);
    expect(await read('action=provider.linked')).toMatchObject([
      { target: { kind: 'provider', name: 'github' }, details: { user_id: me?.id } },
    ]);

    const linker = await signedInBrowser(api, 'linker@example.com');
    const self = await linker.me();
    expect((await linker.link('github', { callbackURL: '/account' })).error).not.toBeNull();
    expect((await read('action=provider.linked'))[0]).toMatchObject({
      result: 'failed',
      actor: { id: self?.id },
    });
    github.person = githubPerson('private@example.org');
    expect((await linker.link('github', { callbackURL: '/account' })).error).toBeNull();
    expect((await read('action=provider.linked'))[0]).toMatchObject({
      result: 'succeeded',
      actor: { id: self?.id },
      details: { user_id: self?.id },
    });
    expect(await read('action=sign_in.failed')).toEqual([]);
    const accounts = (await linker.get('/api/auth/list-accounts')).body;
    const { id: accountId } = accounts.find((one: { providerId: string }) => one.providerId === 'github');
    expect((await linker.post('/api/auth/unlink-account', { accountId })).status).toBe(200);
    expect(await read('action=provider.unlinked')).toMatchObject([
      { actor: { id: self?.id }, target: { kind: 'provider', name: 'github' } },
    ]);

    github.person = githubPerson('linker@example.com', { verified: false });
    expect((await new OAuthBrowser(api).signIn('github')).error).toBe('account_not_linked');
    expect(await read('action=sign_in.failed')).toMatchObject([
      { actor: { kind: 'anonymous' }, details: { method: 'provider', reason: 'account_not_linked' } },
    ]);
  });
});
