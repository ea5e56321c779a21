import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { SSH_KEYS_HEADER, SSH_KEYS_PER_USER_MAX } from '@podex/contracts/ssh';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ComputeDouble } from '../../testing/compute-double.ts';
import { ComputeWorker } from '../../testing/compute-worker.ts';
import { LiveClient } from '../../testing/live-client.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';
import { connectDatabase } from '../database/connect.ts';

const PATH = '/api/me/ssh_keys';

function newKey(): string {
  const { x } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  const string = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  const key = Buffer.concat([string(Buffer.from('ssh-ed25519')), string(Buffer.from(x ?? '', 'base64url'))]);
  return `ssh-ed25519 ${key.toString('base64')}`;
}

describe('SSH keys of an account', () => {
  let compute: ComputeDouble;
  const api = setUpApi(async () => {
    compute = await ComputeDouble.start();
    return { computeUrl: compute.url };
  });
  let user: TestUser;
  beforeAll(async () => {
    user = await api().signUp();
  });
  afterAll(() => compute.stop());

  const add = (as: TestUser, publicKey: string, name?: string) =>
    api().ask('POST', PATH, { as, body: { public_key: publicKey, ...(name === undefined ? {} : { name }) } });
  const list = async (as: TestUser) => (await api().ask('GET', PATH, { as })).body.items;

  it('are added once, named by what they say, listed and removed, and told in the audit log', async () => {
    const line = newKey();
    const added = await add(user, `${line} me@laptop\n`);
    expect(added).toMatchObject({ status: 201, body: { name: 'me@laptop', public_key: line } });
    expect(await add(user, line, 'again')).toMatchObject({
      status: 409,
      body: { error: { code: 'ssh_key_exists', context: { fingerprint: added.body.fingerprint } } },
    });
    expect(await list(user)).toEqual([added.body]);
    const stranger = await api().signUp();
    expect(await list(stranger)).toEqual([]);
    expect((await api().ask('DELETE', `${PATH}/${added.body.id}`, { as: stranger })).status).toBe(404);
    expect((await api().ask('DELETE', `${PATH}/${added.body.id}`, { as: user })).status).toBe(204);
    expect(await list(user)).toEqual([]);
    const admin = await api().signInAdmin();
    const audit = await api().ask('GET', `/api/admin/audit?action=ssh_key&actor=${user.id}`, { as: admin });
    expect(audit.body.items.map(({ action }: { action: string }) => action)).toEqual([
      'ssh_key.removed',
      'ssh_key.added',
    ]);
  });

  it('show when their owner last signed in with them, as a workspace of the owner’s tells', async () => {
    const worker = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
    const [owner, other] = [await api().signUp(), await api().signUp()];
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: owner, body: { name: 'w' } });
    await worker.step();
    const [used, unused] = [newKey(), newKey()];
    await add(owner, used);
    await add(owner, unused);
    await add(other, used);
    const lastUses = async (as: TestUser) =>
      (await list(as)).map(({ last_used_at: at }: { last_used_at: string | null }) => at);
    expect(await lastUses(owner)).toEqual([null, null]);
    const [, { fingerprint }] = await list(owner);
    const signIn = () =>
      api().internal('POST', `/internal/workspaces/${made.body.id}/ssh_sign_in`, {
        kind: 'ssh_signed_in',
        fingerprint,
      });
    expect((await signIn()).status).toBe(204);
    const [newer, older] = await lastUses(owner);
    expect([newer, older]).toEqual([null, expect.any(String)]);
    expect(await lastUses(other)).toEqual([null]);
    await signIn();
    expect(await lastUses(owner)).toEqual([null, older]);
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    await database.db
      .updateTable('ssh_key')
      .set({ last_used_at: new Date(Date.now() - 61_000) })
      .where('fingerprint', '=', fingerprint)
      .where('user_id', '=', owner.id)
      .execute();
    await signIn();
    expect(Date.parse((await lastUses(owner))[1] ?? '')).toBeGreaterThan(Date.parse(older ?? ''));
  });

  it('take no line that is more than a key, and deceiving names of them are not kept', async () => {
    expect((await add(user, `command="id" ${newKey()}`)).status).toBe(400);
    const odd = await add(user, `${newKey()} me\u202etpatop`);
    expect(odd.body.name).toBe('ssh-ed25519');
  });

  it('are as many as one request can carry, also when they come at once', async () => {
    const many = await api().signUp();
    const wanted = SSH_KEYS_PER_USER_MAX + 4;
    const answers = await Promise.all(Array.from({ length: wanted }, () => add(many, newKey())));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(SSH_KEYS_PER_USER_MAX);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(4);
  });

  it('go along with a connection of their owner, and what a client says of keys does not', async () => {
    const worker = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
    const owner = await api().signUp();
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: owner, body: { name: 'w' } });
    await worker.step();
    const url = `${api().baseUrl.replace('http', 'ws')}/api/workspaces/${made.body.id}/ssh`;
    const headers = { authorization: `Bearer ${owner.token}`, [SSH_KEYS_HEADER]: newKey() };
    const { status, body } = await LiveClient.refusal(url, headers);
    expect([status, JSON.parse(body).error.code]).toEqual([409, 'ssh_key_missing']);
    const [first, second] = [newKey(), newKey()];
    await add(owner, first);
    await add(owner, second);
    const socket = new WebSocket(url, { headers });
    await once(socket, 'open');
    expect(compute.upgrades.at(-1)).toMatchObject({
      url: `/workspaces/${made.body.id}/ssh`,
      headers: { [SSH_KEYS_HEADER]: `${second},${first}` },
    });
    socket.close();
  });
});
