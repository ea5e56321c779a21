import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../testing/compute-worker.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';

const TOKEN = 'ghp_planted-d41d8cd98f00b204';

describe('git credentials', () => {
  const api = setUpApi(async () => ({ variables: { SECRETS_KEY: randomBytes(32).toString('hex') } }));
  let owner: TestUser;
  let friend: TestUser;
  let compute: ComputeWorker;

  beforeAll(async () => {
    compute = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
    owner = await api().signUp();
    friend = await api().signUp('friend@example.com');
    await api().ask('PUT', '/api/git_credentials/github.com', {
      as: owner,
      body: { username: 'octo', token: TOKEN },
    });
  });

  async function workspaceOf(as: TestUser, body: object = {}): Promise<string> {
    const created = await api().ask('POST', '/api/workspaces?wait_ms=0', {
      as,
      body: { name: 'w', ...body },
    });
    await compute.step();
    return created.body.id;
  }

  const askGit = async (id: string, question: object) =>
    (await api().internal('POST', `/internal/workspaces/${id}/git_credential`, question)).body;
  const GITHUB = { protocol: 'https', host: 'github.com' };

  it('are given to git in the owner’s own workspace, for that host and https alone, and recorded', async () => {
    const id = await workspaceOf(owner);
    expect(await askGit(id, GITHUB)).toEqual({ kind: 'given', username: 'octo', password: TOKEN });
    for (const host of [
      'github.com.evil.example',
      'gist.github.com',
      'github.com:8443',
      'evil@github.com',
      '__proto__',
    ])
      expect(await askGit(id, { protocol: 'https', host })).toEqual({ kind: 'none' });
    for (const protocol of ['http', 'ssh', 'git'])
      expect(await askGit(id, { protocol, host: 'github.com' })).toMatchObject({ kind: 'refused' });
    const list = await api().ask('GET', '/api/git_credentials', { as: owner });
    expect(JSON.stringify(list.body)).not.toContain(TOKEN);
    expect(list.body.items).toMatchObject([{ host: 'github.com' }]);
    const admin = await api().signInAdmin();
    const audit = await api().ask('GET', `/api/admin/audit?workspace_id=${id}&action=secret.used`, {
      as: admin,
    });
    expect(audit.body.items).toMatchObject([{ details: { git_host: 'github.com' } }]);
    expect(JSON.stringify(audit.body)).not.toContain(TOKEN);
  });

  it('are given to nobody else’s workspace, to none that is shared, and to none of a team', async () => {
    expect(await askGit(await workspaceOf(friend), GITHUB)).toEqual({ kind: 'none' });
    const shared = await workspaceOf(owner);
    const share = { as: owner, body: { email: 'friend@example.com', role: 'viewer' } };
    expect((await api().ask('POST', `/api/workspaces/${shared}/shares`, share)).status).toBe(201);
    expect(await askGit(shared, GITHUB)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('shared'),
    });
    const team = await api().ask('POST', '/api/teams', { as: owner, body: { name: 'The team' } });
    const ofTeam = await workspaceOf(owner, { team_id: team.body.id });
    expect(await askGit(ofTeam, GITHUB)).toMatchObject({ kind: 'refused' });
  });

  it('keep others out of the workspace that has them, until it has stopped', async () => {
    const id = await workspaceOf(owner);
    await askGit(id, GITHUB);
    const share = { as: owner, body: { email: 'friend@example.com', role: 'editor' } };
    const early = await api().ask('POST', `/api/workspaces/${id}/shares`, share);
    expect([early.status, early.body.error.context]).toEqual([409, { reason: 'own_secrets_inside' }]);
    await api().ask('POST', `/api/workspaces/${id}/stop?wait_ms=0`, { as: owner });
    await compute.step();
    expect((await api().ask('POST', `/api/workspaces/${id}/shares`, share)).status).toBe(201);
    expect((await api().internal('POST', `/internal/workspaces/${id}/git_credential`, GITHUB)).status).toBe(
      409,
    );
  });

  it('are not given by a name in large letters to another, go when they are deleted, and are bounded in rate', async () => {
    const id = await workspaceOf(owner);
    expect(await askGit(id, { protocol: 'https', host: 'GitHub.com' })).toMatchObject({ kind: 'given' });
    const set = (host: string, body: object) =>
      api().ask('PUT', `/api/git_credentials/${host}`, { as: owner, body });
    expect((await set('GitHub.com', { token: TOKEN })).status).toBe(400);
    expect((await set('git.example.com', { token: 'two\nlines' })).status).toBe(400);
    expect((await set('127.0.0.1:8080', { token: TOKEN, allow_http: true })).status).toBe(200);
    expect(await askGit(id, { protocol: 'http', host: '127.0.0.1:8080' })).toMatchObject({ kind: 'given' });
    expect((await api().ask('DELETE', '/api/git_credentials/github.com', { as: friend })).status).toBe(404);
    expect((await api().ask('DELETE', '/api/git_credentials/github.com', { as: owner })).status).toBe(204);
    expect(await askGit(id, GITHUB)).toEqual({ kind: 'none' });
    const last = await Promise.all(Array.from({ length: 125 }, () => askGit(id, GITHUB)));
    expect(last.at(-1)).toMatchObject({ error: { code: 'rate_limited' } });
  });
});
