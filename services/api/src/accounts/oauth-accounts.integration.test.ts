import { describe, expect, it } from 'vitest';
import { sign } from '../../../../tests/doubles/oauth/google-double.ts';
import { OAuthBrowser } from '../../testing/oauth-browser.ts';
import { silentLogger } from '../../testing/postgres.ts';
import {
  githubPerson,
  googlePerson,
  setUpOAuth,
  signedInBrowser,
  verifyEmail,
} from '../../testing/set-up-oauth.ts';
import { PASSWORD } from '../../testing/test-api.ts';
import { connectDatabase } from '../database/connect.ts';

const oauth = setUpOAuth();

const accountsOf = async (browser: OAuthBrowser): Promise<{ id: string; providerId: string }[]> => {
  const listed = await browser.get('/api/auth/list-accounts');
  expect(listed.status).toBe(200);
  return listed.body;
};
const providersOf = async (browser: OAuthBrowser) =>
  (await accountsOf(browser)).map(({ providerId }) => providerId).sort();

describe('an address that has an account already', () => {
  it.each([
    ['neither side has verified', false, false, 'account_not_linked'],
    ['only the provider has verified', true, false, 'account_not_linked'],
    ['only the account has verified', false, true, 'account_not_linked'],
    ['both have verified', true, true, null],
  ])('is signed in to by a provider only when %s it', async (_who, isOfProvider, isOfAccount, expected) => {
    const { api, github } = oauth();
    const email = `both-${isOfProvider}-${isOfAccount}@example.com`;
    const owner = await signedInBrowser(api, email);
    if (isOfAccount) await verifyEmail(oauth(), email);
    github.person = githubPerson(email, { verified: isOfProvider });
    const other = new OAuthBrowser(api);
    expect((await other.signIn('github')).error).toBe(expected);
    expect((await other.me())?.email).toBe(expected === null ? email : undefined);
    expect(await providersOf(owner)).toEqual(expected === null ? ['credential', 'github'] : ['credential']);
  });

  it('is not taken over by the public address of a profile at GitHub', async () => {
    const { api, github } = oauth();
    await signedInBrowser(api, 'shown@example.com');
    await verifyEmail(oauth(), 'shown@example.com');
    const person = githubPerson('real@example.com');
    github.person = { ...person, email: 'shown@example.com' };
    const browser = new OAuthBrowser(api);
    await browser.signIn('github');
    expect(await browser.me()).toMatchObject({ email: 'real@example.com' });
  });

  it('stays with its account when a provider changes the address of another', async () => {
    const { api, google } = oauth();
    await signedInBrowser(api, 'boss@example.com');
    await verifyEmail(oauth(), 'boss@example.com');
    google.person = googlePerson('worker@example.com');
    const worker = new OAuthBrowser(api);
    await worker.signIn('google');
    const before = await worker.me();
    google.person = { ...google.person, email: 'boss@example.com' };
    const later = new OAuthBrowser(api);
    expect((await later.signIn('google')).error).toBeNull();
    expect(await later.me()).toEqual(before);
    expect(before).toMatchObject({ email: 'worker@example.com' });
  });

  it('is needed to make an account', async () => {
    const { api, google } = oauth();
    google.person = googlePerson('none@example.com');
    google.forge = (claims, { good }) => sign({ ...claims, email: undefined }, good);
    expect((await new OAuthBrowser(api).signIn('google')).error).toBe('email_not_found');
  });
});

describe('linking while signed in', () => {
  it('ends at the same account, whatever its address at the provider', async () => {
    const { api, github } = oauth();
    const browser = await signedInBrowser(api, 'linker@example.com');
    const me = await browser.me();
    github.person = githubPerson('private@example.org');
    const landed = await browser.link('github', { callbackURL: '/account' });
    expect([landed.url.pathname, landed.error]).toEqual(['/account', null]);
    expect(await browser.me()).toEqual(me);
    const elsewhere = new OAuthBrowser(api);
    await elsewhere.signIn('github');
    expect(await elsewhere.me()).toEqual(me);
  });

  it('needs a session, from the beginning to the end', async () => {
    const { api, github } = oauth();
    github.person = githubPerson('sessionless@example.com');
    const nobody = await new OAuthBrowser(api).post('/api/auth/link-social', { provider: 'github' });
    expect(nobody.status).toBe(401);
    const browser = await signedInBrowser(api, 'leaving@example.com');
    const callback = await browser.toCallback(await browser.begin('github', {}, '/api/auth/link-social'));
    await browser.post('/api/auth/sign-out', {});
    expect((await browser.land(callback)).error).toBe('link_session_changed');
    expect((await new OAuthBrowser(api).signIn('github')).error).toBeNull();
  });

  it('is for the person who asked, not for who signed in to the browser since', async () => {
    const { api, github } = oauth();
    github.person = githubPerson('shared@example.com');
    const browser = await signedInBrowser(api, 'asked@example.com');
    // Their session lives on in another browser.
    const callback = await browser.toCallback(await browser.begin('github', {}, '/api/auth/link-social'));
    const other = { email: 'since@example.com', password: PASSWORD };
    await browser.post('/api/auth/sign-up/email', { ...other, name: 'Since' });
    await browser.post('/api/auth/sign-in/email', other);
    expect((await browser.land(callback)).error).toBe('link_session_changed');
    expect(await providersOf(browser)).toEqual(['credential']);
  });

  it('does not take what is linked to somebody else, nor an address that is not verified', async () => {
    const { api, github } = oauth();
    github.person = githubPerson('theirs@example.com');
    const first = new OAuthBrowser(api);
    await first.signIn('github');
    const second = await signedInBrowser(api, 'wants@example.com');
    const taken = await second.link('github', { errorCallbackURL: '/account' });
    expect([taken.url.pathname, taken.error]).toEqual([
      '/account',
      'account_already_linked_to_different_user',
    ]);
    github.person = githubPerson('unverified@example.com', { verified: false });
    expect((await second.link('github')).error).toBe('unable_to_link_account');
    expect(await providersOf(second)).toEqual(['credential']);
    expect(await providersOf(first)).toEqual(['github']);
  });

  it('shows no token of a provider in the list, and nobody else’s accounts', async () => {
    const { api, github } = oauth();
    github.person = githubPerson('listed@example.com');
    const browser = new OAuthBrowser(api);
    await browser.signIn('github');
    const listed = await browser.get('/api/auth/list-accounts');
    expect(listed.body).toHaveLength(1);
    expect(JSON.stringify(listed.body)).not.toMatch(/gho_|password|[aA]ccess_?[tT]oken/);
    expect((await new OAuthBrowser(api).get('/api/auth/list-accounts')).status).toBe(401);
  });
});

describe('unlinking', () => {
  const unlink = (browser: OAuthBrowser, accountId: string) =>
    browser.post('/api/auth/unlink-account', { accountId });

  it('leaves at least one way to sign in', async () => {
    const { api, github } = oauth();
    const browser = await signedInBrowser(api, 'unlinks@example.com');
    github.person = githubPerson('unlinks@example.org');
    await browser.link('github');
    const [first, second] = await accountsOf(browser);
    expect((await unlink(browser, first?.id ?? '')).status).toBe(200);
    const last = await unlink(browser, second?.id ?? '');
    expect([last.status, last.body.error.code]).toEqual([409, 'conflict']);
    expect(await accountsOf(browser)).toHaveLength(1);
  });

  it('leaves one of two that are unlinked at once', async () => {
    const { api, github } = oauth();
    for (const round of ['first', 'second', 'third', 'fourth', 'fifth']) {
      const browser = await signedInBrowser(api, `${round}@example.net`);
      github.person = githubPerson(`${round}@example.org`);
      await browser.link('github');
      const accounts = await accountsOf(browser);
      const answers = await Promise.all(accounts.map(({ id }) => unlink(browser, id)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      expect(await accountsOf(browser)).toHaveLength(1);
    }
  });

  it('does not count a provider that is not set up here any more', async () => {
    const { api, github, databaseUrl } = oauth();
    const browser = await signedInBrowser(api, 'gone@example.com');
    github.person = githubPerson('gone@example.org');
    await browser.link('github');
    await using database = connectDatabase({ url: databaseUrl, logger: silentLogger });
    const credential = (await accountsOf(browser)).find(({ providerId }) => providerId === 'credential');
    await database.db
      .updateTable('account')
      .set({ provider_id: 'gitlab' })
      .where('account_id', '=', String(github.person.id))
      .execute();
    expect((await unlink(browser, credential?.id ?? '')).status).toBe(409);
  });

  it('does not reach the accounts of others', async () => {
    const { api, github } = oauth();
    github.person = githubPerson('victim@example.com');
    const victim = new OAuthBrowser(api);
    await victim.signIn('github');
    const [theirs] = await accountsOf(victim);
    const attacker = await signedInBrowser(api, 'unlinker@example.com');
    github.person = githubPerson('unlinker@example.org');
    await attacker.link('github');
    const refused = await unlink(attacker, theirs?.id ?? '');
    expect([refused.status, refused.body.error.code]).toEqual([404, 'not_found']);
    expect(await providersOf(victim)).toEqual(['github']);
  });
});

describe('registration', () => {
  const join = async (email: string, verified = true, more: object = {}) => {
    const { api, github } = oauth();
    github.person = githubPerson(email, { verified });
    const browser = new OAuthBrowser(api);
    const { error } = await browser.signIn('github', more);
    return error ?? (await browser.me())?.email;
  };

  it('follows its mode, whatever the provider', async () => {
    const { api, google } = oauth();
    const admin = await api.signInAdmin();
    try {
      await api.changeSettings({ registration: 'invitation' });
      expect(await join('uninvited@acme.com')).toBe('sign_up_not_allowed');
      const invite = async (email: string) => {
        const created = await api.ask('POST', '/api/admin/invitations', { as: admin, body: { email } });
        return new URL(created.body.url).hash.replace('#token=', '');
      };
      const invitation = await invite('invited@acme.com');
      expect(await join('thief@acme.com', true, { additionalData: { invitation } })).toBe(
        'invitation_not_valid',
      );
      expect(await join('invited@acme.com', true, { additionalData: { invitation } })).toBe(
        'invited@acme.com',
      );
      expect(await join('again@acme.com', true, { additionalData: { invitation } })).toBe(
        'invitation_not_valid',
      );

      await api.changeSettings({ registration: 'domains', registration_domains: ['acme.com'] });
      expect(await join('dora@acme.com')).toBe('dora@acme.com');
      expect(await join('unverified@acme.com', false)).toBe('sign_up_not_allowed');
      expect(await join('dora@evil.com')).toBe('sign_up_not_allowed');
      google.person = googlePerson('gina@evil.com');
      expect((await new OAuthBrowser(api).signIn('google')).error).toBe('sign_up_not_allowed');

      await api.changeSettings({ registration: 'closed' });
      expect(await join('closed@acme.com')).toBe('sign_up_not_allowed');
      // Who has an account still gets in.
      google.person = googlePerson('nobody@acme.com');
      expect((await new OAuthBrowser(api).signIn('google')).error).toBe('sign_up_not_allowed');
    } finally {
      await api.changeSettings({ registration: 'open' });
    }
    expect(await join('open@evil.com')).toBe('open@evil.com');
  });
});
