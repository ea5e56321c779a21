import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../testing/compute-worker.ts';
import { OAuthBrowser } from '../../testing/oauth-browser.ts';
import { githubPerson, setUpOAuth, signedInBrowser } from '../../testing/set-up-oauth.ts';

const REPOSITORIES = { scopes: ['repo'] };
const oauth = setUpOAuth({ SECRETS_KEY: randomBytes(32).toString('hex') });

describe('private repositories at GitHub', () => {
  let compute: ComputeWorker;
  beforeAll(async () => {
    compute = new ComputeWorker(oauth().api, await ComputeWorker.registerServer(oauth().api));
  });

  let people = 0;
  async function linkedBrowser(more: object = {}): Promise<OAuthBrowser> {
    people += 1;
    const browser = await signedInBrowser(oauth().api, `person-${people}@example.com`);
    oauth().github.person = githubPerson(`person-${people}@example.com`);
    expect((await browser.link('github', more)).error).toBeNull();
    return browser;
  }

  async function workspaceOf(browser: OAuthBrowser): Promise<string> {
    const created = await browser.post('/api/workspaces?wait_ms=0', { name: 'w' });
    await compute.step();
    return created.body.id;
  }

  const accessOf = async (browser: OAuthBrowser) => (await browser.get('/api/me/github_access')).body;
  const remove = (browser: OAuthBrowser) =>
    oauth().api.ask('DELETE', '/api/me/github_access', {
      headers: { cookie: browser.cookieFor(oauth().api.baseUrl), origin: 'http://localhost:3000' },
    });
  async function askGit(id: string, question: object = {}) {
    const { host } = new URL(oauth().github.baseUrl);
    const asked = { protocol: 'http', host, ...question };
    return (await oauth().api.internal('POST', `/internal/workspaces/${id}/git_credential`, asked)).body;
  }

  it('are not asked for by signing in or linking, and no token of these is kept', async () => {
    const browser = await linkedBrowser();
    const begun = await browser.begin('github', {}, '/api/auth/link-social');
    expect(begun.searchParams.get('scope')).toBe('read:user user:email');
    const signIn = await new OAuthBrowser(oauth().api).begin('github', REPOSITORIES);
    expect(signIn.searchParams.get('scope')).toBe('read:user user:email');
    expect(await accessOf(browser)).toEqual({ host: new URL(oauth().github.baseUrl).host, allowed_at: null });
    expect(await askGit(await workspaceOf(browser))).toEqual({ kind: 'none' });
    for (const scopes of [['delete_repo'], ['repo', 'admin:org'], []]) {
      const refused = await browser.post('/api/auth/link-social', { provider: 'github', scopes });
      expect(refused.status).toBe(400);
    }
  });

  it('are given to git in the person’s own workspace, at that host and by that protocol alone', async () => {
    const browser = await linkedBrowser();
    expect((await browser.link('github', REPOSITORIES)).error).toBeNull();
    const { lastToken: token, baseUrl } = oauth().github;
    const id = await workspaceOf(browser);
    expect(await askGit(id)).toEqual({ kind: 'given', username: 'x-access-token', password: token });
    const { host } = new URL(baseUrl);
    for (const other of ['github.com', `${host}.evil.example`, `evil@${host}`, '127.0.0.1', '@github'])
      expect(await askGit(id, { host: other })).toEqual({ kind: 'none' });
    expect(await askGit(id, { protocol: 'https' })).toEqual({ kind: 'none' });
    expect(await accessOf(browser)).toMatchObject({ allowed_at: expect.any(String) });
    const listed = await browser.get('/api/git_credentials');
    expect(listed.body.items).toEqual([]);
    const tokenKept = await browser.get('/api/auth/list-accounts');
    expect(JSON.stringify([listed.body, tokenKept.body, await accessOf(browser)])).not.toContain(token);
  });

  it('are given to no other person’s workspace, and to none that a viewer gets into', async () => {
    const browser = await linkedBrowser(REPOSITORIES);
    const friend = await signedInBrowser(oauth().api, `friend-of-${people}@example.com`);
    expect(await askGit(await workspaceOf(friend))).toEqual({ kind: 'none' });
    const id = await workspaceOf(browser);
    const share = { email: `friend-of-${people}@example.com`, role: 'viewer' };
    expect((await browser.post(`/api/workspaces/${id}/shares`, share)).status).toBe(201);
    expect(await askGit(id)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('shared') });
    expect((await remove(friend)).status).toBe(404);
    expect(await accessOf(browser)).toMatchObject({ allowed_at: expect.any(String) });
  });

  it('end when they are taken back, and with the link', async () => {
    const browser = await linkedBrowser(REPOSITORIES);
    const id = await workspaceOf(browser);
    expect(await askGit(id)).toMatchObject({ kind: 'given' });
    const { github } = oauth();
    const token = github.lastToken;
    expect(await remove(browser)).toMatchObject({ status: 200, body: { revoked: true } });
    expect(github.isLive(token)).toBe(false);
    expect(await askGit(id)).toEqual({ kind: 'none' });
    await browser.link('github', REPOSITORIES);
    expect(await askGit(id)).toMatchObject({ kind: 'given' });
    const accounts = (await browser.get('/api/auth/list-accounts')).body;
    const linked = accounts.find(({ providerId }: { providerId: string }) => providerId === 'github');
    const unlinked = await browser.post('/api/auth/unlink-account', { accountId: linked.id });
    expect(unlinked.body).toEqual({ status: true, revoked: true });
    expect(github.isLive(github.lastToken)).toBe(false);
    expect(await askGit(id)).toEqual({ kind: 'none' });
    expect(await accessOf(browser)).toMatchObject({ allowed_at: null });
  });

  it.each([
    ['does not respond', (_: unknown, response: ServerResponse) => void response.destroy()],
    ['refuses', (_: unknown, response: ServerResponse) => void response.writeHead(422).end()],
  ])('are deleted here also when GitHub %s, and the person is told', async (_, fault) => {
    const { github } = oauth();
    const path = `/applications/${github.clientId}/grant`;
    const browser = await linkedBrowser(REPOSITORIES);
    const id = await workspaceOf(browser);
    github.faults.set(path, fault);
    try {
      expect(await remove(browser)).toMatchObject({ status: 200, body: { revoked: false } });
    } finally {
      github.faults.delete(path);
    }
    expect(github.isLive(github.lastToken)).toBe(true);
    expect(await askGit(id)).toEqual({ kind: 'none' });
    expect((await remove(browser)).status).toBe(404);
  });

  it('are not taken from a link that fails, or where GitHub allows less than was asked for', async () => {
    const owner = await linkedBrowser();
    const { person } = oauth().github;
    const thief = await signedInBrowser(oauth().api, `thief-${people}@example.com`);
    oauth().github.person = person;
    expect((await thief.link('github', REPOSITORIES)).error).not.toBeNull();
    expect(await accessOf(thief)).toMatchObject({ allowed_at: null });
    const begun = await owner.begin('github', REPOSITORIES, '/api/auth/link-social');
    begun.searchParams.set('scope', 'read:user user:email');
    expect((await owner.land(await owner.toCallback(begun))).error).toBe('provider_refused');
    expect(await accessOf(owner)).toMatchObject({ allowed_at: null });
  });
});
