import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../testing/compute-worker.ts';
import { setUpPostgres } from '../../../testing/set-up.ts';
import { TestApi, type TestUser } from '../../../testing/test-api.ts';

const postgres = setUpPostgres();
const OLD_KEY = randomBytes(32).toString('base64');
const NEW_KEY = randomBytes(32).toString('hex');
const WIDE = { max_workspaces_per_user: 1000, max_running_workspaces_per_user: 1000 };
/** Not shorter than a value that could be found by chance. */
const VALUE = 'planted-value-d41d8cd98f00b204';

/** The rows of a database as a thief of it sees and changes them. */
class Rows {
  readonly #client: pg.Client;

  constructor(url: string) {
    this.#client = new pg.Client({ connectionString: url });
  }

  connect = () => this.#client.connect();
  end = () => this.#client.end();
  run = (sql: string, values: unknown[] = []) => this.#client.query(sql, values);

  /** Every row of every table as text. */
  async dump(): Promise<string> {
    const tables = await this.run(`select tablename from pg_tables where schemaname = 'public'`);
    const texts = [];
    for (const { tablename } of tables.rows) {
      const { rows } = await this.run(`select t::text as row from "${tablename}" t`);
      texts.push(...rows.map(({ row }) => row));
    }
    return texts.join('\n');
  }
}

let url: string;
let rows: Rows;
let api: TestApi;
let user: TestUser;
let compute: ComputeWorker;

async function startApi(variables: Record<string, string>): Promise<TestApi> {
  api = await TestApi.start({ databaseUrl: url, variables });
  return api;
}

async function restartApi(variables: Record<string, string>): Promise<void> {
  await api.stop();
  await startApi(variables);
}

beforeEach(async () => {
  url = await postgres().createDatabase();
  rows = new Rows(url);
  await rows.connect();
  await startApi({ SECRETS_KEY: OLD_KEY });
  await api.changeSettings(WIDE);
  user = await api.signUp();
  compute = new ComputeWorker(api, await ComputeWorker.registerServer(api));
});
afterEach(async () => {
  await api.stop();
  await rows.end();
});

const set = (path: string, value: unknown, as = user) => api.ask('PUT', path, { as, body: { value } });
const create = async (body: object = {}) =>
  (await api.ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'shop', ...body } })).body.id;
const mine = (name: string) => `/api/secrets/${name}`;
const inside = (id: string, name: string) => `/api/workspaces/${id}/secrets/${name}`;

/** What compute is given for a workspace that waits for its step, without the leases of before. */
async function deliver(id: string) {
  await rows.run('update workspace set lease_token = null, lease_expires_at = null');
  const claimed = await api.internal('POST', '/internal/workspaces/claim', {
    worker_id: 'worker',
    max: 50,
    wait_ms: 0,
  });
  const task = claimed.body.items.find((item: { id: string }) => item.id === id);
  const path = `/internal/workspaces/${id}/environment`;
  return (await api.internal('POST', path, { lease_token: task.lease_token })).body;
}

describe('a secret', () => {
  it('is set, listed and deleted, and its value never comes back', async () => {
    const id = await create();
    for (const path of [mine('TOKEN'), inside(id, 'TOKEN')]) {
      const list = path.replace(/\/TOKEN$/, '');
      const made = await set(path, VALUE);
      const shown = { name: 'TOKEN', created_at: expect.any(String), updated_at: expect.any(String) };
      expect([made.status, made.body]).toEqual([200, shown]);
      expect((await api.ask('GET', path, { as: user })).body).toEqual(made.body);
      expect((await api.ask('GET', list, { as: user })).body).toEqual({ items: [made.body], next: null });
      expect((await api.ask('DELETE', path, { as: user })).status).toBe(204);
      const gone = await api.ask('DELETE', path, { as: user });
      expect([gone.status, gone.body.error.code]).toEqual([404, 'secret_not_found']);
    }
  });

  it('stands nowhere in the database in clear, nor in base64', async () => {
    const id = await create({ env: { at_creation: `${VALUE}-1` } });
    await set(mine('TOKEN'), `${VALUE}-2`);
    await set(inside(id, 'TOKEN'), `${VALUE}-3`);
    const text = await rows.dump();
    expect(text).toContain('at_creation');
    expect(text).not.toContain(VALUE);
    expect(text).not.toContain(Buffer.from(VALUE).toString('hex'));
    expect(text).not.toContain(Buffer.from(VALUE).toString('base64').slice(0, 36));
  });

  it('is refused with a bad name or value, and the refusal holds no value', async () => {
    const bad = [
      'lower',
      '1A',
      'A-B',
      'A'.repeat(129),
      'PATH',
      'LD_PRELOAD',
      'NODE_OPTIONS',
      'PODEX_X',
      'BASH_ENV',
    ];
    for (const name of bad) {
      const refused = await set(mine(name), VALUE);
      expect([name, refused.status, refused.body.error.code]).toEqual([name, 400, 'invalid_request']);
      expect(JSON.stringify(refused.body)).not.toContain(VALUE);
    }
    for (const value of [
      `${VALUE}\0`,
      `${VALUE}\ud800`,
      '',
      5,
      VALUE.padEnd(65_537, 'x'),
      'é'.repeat(32_769),
    ]) {
      const refused = await set(mine('TOKEN'), value);
      expect([refused.status, JSON.stringify(refused.body).includes(VALUE)]).toEqual([400, false]);
    }
    expect((await set(mine('NODE_AUTH_TOKEN'), 'é'.repeat(32_768))).status).toBe(200);
    const reserved = await api.ask('POST', '/api/workspaces', {
      as: user,
      body: { name: 'x', env: { PATH: '/' } },
    });
    expect(reserved.status).toBe(400);
  });

  it('has bounds with its siblings, however many come at once', async () => {
    const large = 'x'.repeat(60_000);
    const together = await Promise.all(
      Array.from({ length: 8 }, (_, index) => set(mine(`LARGE_${index}`), large)),
    );
    expect(together.filter(({ status }) => status === 200)).toHaveLength(4);
    const refused = together.find(({ status }) => status !== 200);
    expect(refused?.body.error).toMatchObject({ code: 'limit_reached', context: { limit: 'secret_bytes' } });
    const env = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`V_${index}`, 'x']));
    const id = await create({ env });
    expect((await set(inside(id, 'ONE_MORE'), 'x')).body.error.context.limit).toBe('secrets');
    expect((await set(inside(id, 'V_1'), 'y')).status).toBe(200);
  });

  it('of a workspace is its owner’s, and goes with it, as a person’s own with the account', async () => {
    const id = await create();
    await set(inside(id, 'TOKEN'), VALUE);
    const stranger = await api.signUp();
    for (const [method, body] of [['GET'], ['PUT', { value: 'x' }], ['DELETE']] as const) {
      const refused = await api.ask(method, inside(id, 'TOKEN'), { as: stranger, ...(body ? { body } : {}) });
      expect([method, refused.body.error.code]).toEqual([method, 'workspace_not_found']);
    }
    expect((await api.ask('GET', '/api/secrets', { as: stranger })).body.items).toEqual([]);
    await api.ask('DELETE', `/api/workspaces/${id}`, { as: user });
    expect((await rows.run('select 1 from secret')).rowCount).toBe(0);

    await set(mine('TOKEN'), VALUE, stranger);
    await rows.run('delete from "user" where id = $1', [stranger.id]);
    expect((await rows.run('select 1 from secret')).rowCount).toBe(0);
  });
});

describe('delivery', () => {
  it('lays workspace over user, and gives a user’s to no other’s workspace', async () => {
    const id = await create({ env: { CREATED: 'created', BOTH: 'created' } });
    await set(mine('BOTH'), 'mine');
    await set(mine('MINE'), 'mine');
    await set(inside(id, 'OWN'), 'own');
    const stranger = await api.signUp();
    await set(mine('MINE'), 'another’s', stranger);
    expect(await deliver(id)).toEqual({
      env: { CREATED: 'created', BOTH: 'created', MINE: 'mine', OWN: 'own' },
      notice: null,
    });
  });

  it('takes a person’s own out of what is shared, or a team’s, and tells what runs at once', async () => {
    const id = await create({ env: { OWN: 'own' } });
    await set(mine('MINE'), VALUE);
    await compute.step();
    const guest = await api.signUp();
    const shares = `/api/workspaces/${id}/shares`;
    const stages: [() => Promise<{ status: number }>, Record<string, string>][] = [
      [
        () => api.ask('POST', shares, { as: user, body: { email: guest.email, role: 'viewer' } }),
        { OWN: 'own' },
      ],
      [() => api.ask('DELETE', `${shares}/${guest.id}`, { as: user }), { OWN: 'own', MINE: VALUE }],
    ];
    const team = (await api.ask('POST', '/api/teams', { as: user, body: { name: 'team' } })).body.id;
    const move = (to: string | null) => () =>
      api.ask('POST', `/api/workspaces/${id}/transfer`, { as: user, body: { team_id: to } });
    const ofTeam = (name: string) => `/api/teams/${team}/secrets/${name}`;
    stages.push(
      [move(team), { OWN: 'own' }],
      [() => set(ofTeam('TEAM'), 'team'), { OWN: 'own', TEAM: 'team' }],
      [() => set(ofTeam('OWN'), 'the team’s'), { OWN: 'own', TEAM: 'team' }],
      [() => api.ask('DELETE', ofTeam('TEAM'), { as: user }), { OWN: 'own' }],
      [move(null), { OWN: 'own', MINE: VALUE }],
    );
    for (const [index, [change, env]] of stages.entries()) {
      const tasks = compute.tasks.length;
      expect([index, (await change()).status]).toEqual([index, expect.toBeOneOf([200, 201, 204])]);
      expect([index, await deliver(id)]).toEqual([index, { env, notice: null }]);
      await rows.run('update workspace set lease_expires_at = null, told_own_secrets = false'); // as after a stop
      await compute.step();
      expect([index, compute.tasks.slice(tasks).map((task) => task.id)]).toEqual([index, [id]]);
    }
  });

  it('of a team is its members’ to see and its admins’ to set, and goes with it', async () => {
    const team = (await api.ask('POST', '/api/teams', { as: user, body: { name: 'team' } })).body.id;
    const path = `/api/teams/${team}/secrets/TOKEN`;
    expect((await set(path, VALUE)).status).toBe(200);
    expect(await rows.dump()).not.toContain(VALUE);
    const told = await api.ask('GET', '/api/admin/audit?action=secret.created', {
      as: await api.signInAdmin(),
    });
    expect(told.body.items[0]).toMatchObject({ details: { owner: 'team', team_id: team } });
    const [member, viewer, stranger] = [await api.signUp(), await api.signUp(), await api.signUp()];
    for (const [{ email }, role] of [
      [member, 'member'],
      [viewer, 'viewer'],
    ] as const) {
      await api.ask('POST', `/api/teams/${team}/members`, { as: user, body: { email, role } });
    }
    for (const [as, seen, changed] of [
      [member, 200, 403],
      [viewer, 403, 403],
      [stranger, 404, 404],
    ] as const) {
      const answers = [
        await api.ask('GET', `/api/teams/${team}/secrets`, { as }),
        await api.ask('GET', path, { as }),
        await set(path, 'x', as),
        await api.ask('DELETE', path, { as }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([seen, seen, changed, changed]);
      expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain(VALUE);
    }
    expect((await api.ask('DELETE', `/api/teams/${team}`, { as: user })).status).toBe(204);
    expect((await rows.run('select 1 from secret')).rowCount).toBe(0);
  });

  it('is for the worker that holds the lease alone', async () => {
    const id = await create({ env: { A: VALUE } });
    const path = `/internal/workspaces/${id}/environment`;
    const refused = await api.internal('POST', path, { lease_token: 'none' });
    expect([refused.status, refused.body.error.code]).toEqual([409, 'workspace_changed']);
    const outside = await api.ask('POST', path, { as: user, body: { lease_token: 'none' } });
    expect(outside.status).toBe(404);
  });

  it('happens again at each change, to what runs and to nothing else', async () => {
    const running = await create();
    const stopped = await create();
    await compute.step();
    await api.ask('POST', `/api/workspaces/${stopped}/stop?wait_ms=0`, { as: user });
    await compute.step();
    const before = compute.tasks.length;
    for (const change of [
      () => set(mine('A'), '1'),
      () => set(inside(running, 'A'), '2'),
      () => api.ask('DELETE', mine('A'), { as: user }),
    ]) {
      await change();
      await compute.step();
    }
    await set(inside(stopped, 'A'), '2');
    await compute.step();
    expect(compute.tasks.slice(before).map(({ id }) => id)).toEqual([running, running, running]);
    const shown = await api.ask('GET', `/api/workspaces/${running}`, { as: user });
    expect(shown.body).toMatchObject({ status: 'running', reason: null });
  });

  it('wakes a worker that waits at once', async () => {
    const id = await create();
    await compute.step();
    const waiting = compute.step(20_000);
    const startedAt = performance.now();
    await set(inside(id, 'A'), '1');
    await waiting;
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(compute.tasks.at(-1)?.id).toBe(id);
  });

  it('leaves out what was changed in the database, and says which', async () => {
    const id = await create({ env: { GOOD: 'good', ONE: VALUE, TWO: 'two' } });
    await rows.run(`update secret a set wrapped_key = b.wrapped_key, sealed_value = b.sealed_value
      from secret b where a.name = 'TWO' and b.name = 'ONE'`);
    const { env, notice } = await deliver(id);
    expect(env).toEqual({ GOOD: 'good', ONE: VALUE });
    expect(notice).toMatch(/^The secret TWO cannot be decrypted.*Set it again\.$/);
  });
});

describe('without SECRETS_KEY', () => {
  it('everything about secrets says what to set, and workspaces run all the same', async () => {
    const kept = await create({ env: { A: VALUE } });
    await restartApi({ SECRETS_KEY: '' });
    const id = await create();
    for (const path of ['/api/secrets', mine('A'), `/api/workspaces/${id}/secrets`, inside(id, 'A')]) {
      const refused = await api.ask('GET', path, { as: user });
      expect([refused.status, refused.body.error.code]).toEqual([503, 'secrets_not_configured']);
      expect(refused.body.error.message).toContain('SECRETS_KEY');
    }
    for (const path of [mine('A'), inside(id, 'A')]) {
      expect((await set(path, 'x')).body.error.code).toBe('secrets_not_configured');
      expect((await api.ask('DELETE', path, { as: user })).body.error.code).toBe('secrets_not_configured');
    }
    const body = { name: 'x', env: { A: 'x' } };
    expect((await api.ask('POST', '/api/workspaces', { as: user, body })).body.error.code).toBe(
      'secrets_not_configured',
    );
    const { env, notice } = await deliver(kept);
    expect(env).toEqual({});
    expect(notice).toContain('SECRETS_KEY');
  });

  it('what an older Podex kept in clear is delivered; with one it is encrypted at the next start', async () => {
    const ids = [await create(), await create()];
    const env = { OLD: VALUE, lower: 'x' };
    await rows.run('update workspace set env = $1', [JSON.stringify(env)]);
    await restartApi({ SECRETS_KEY: '' });
    expect(await deliver(ids[0])).toEqual({ env, notice: null });
    expect(await rows.dump()).toContain(VALUE);

    await restartApi({ SECRETS_KEY: OLD_KEY });
    expect(await rows.dump()).not.toContain(VALUE);
    expect(await deliver(ids[1])).toEqual({ env, notice: null });
    const listed = await api.ask('GET', `/api/workspaces/${ids[1]}/secrets`, { as: user });
    expect(listed.body.items.map(({ name }: { name: string }) => name)).toEqual(['OLD', 'lower']);
    expect((await api.ask('DELETE', inside(ids[1], 'lower'), { as: user })).status).toBe(204);
  });
});

describe('a rotation', () => {
  let admin: TestUser;
  const BOTH = { SECRETS_KEY: NEW_KEY, SECRETS_KEY_PREVIOUS: OLD_KEY };
  const rotate = (after: number) =>
    api.ask('POST', '/api/admin/secrets/rotate', { as: admin, body: { after } });

  it('goes through all in batches, while they are read and set; then the old key is not needed', async () => {
    const env = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`V_${index}`, `${VALUE}-${index}`]),
    );
    const ids = [await create({ env }), await create({ env }), await create({ env })];
    await restartApi(BOTH);
    admin = await api.signInAdmin();
    expect((await deliver(ids[0])).env).toEqual(env);
    const [first] = await Promise.all([rotate(0), set(inside(ids[2], 'V_99'), 'set meanwhile')]);
    expect(first.body).toMatchObject({ unreadable: 0, next: expect.any(Number) });
    let last = first;
    for (let calls = 0; last.body.next !== null && calls < 5; calls += 1) last = await rotate(last.body.next);
    expect(last.body).toEqual({ rewrapped: expect.any(Number), unreadable: 0, remaining: 0, next: null });
    const told = await api.ask('GET', '/api/admin/audit?action=secret.rotated', { as: admin });
    expect(told.body.items[0]).toMatchObject({
      actor: { id: admin.id },
      details: { unreadable: 0, remaining: 0 },
    });

    await restartApi({ SECRETS_KEY: NEW_KEY });
    expect(await deliver(ids[1])).toEqual({ env, notice: null });
    expect((await deliver(ids[2])).env).toEqual({ ...env, V_99: 'set meanwhile' });
  });

  it('counts what no key opens and leaves it; its owner is told the name of the key', async () => {
    const id = await create({ env: { LOST: VALUE } });
    await restartApi({ SECRETS_KEY: NEW_KEY });
    admin = await api.signInAdmin();
    const counted = await rotate(0);
    expect(counted.body).toEqual({ rewrapped: 0, unreadable: 1, remaining: 1, next: null });
    const { env, notice } = await deliver(id);
    const [{ key_id: keyId }] = (await rows.run('select key_id from secret')).rows;
    expect(env).toEqual({});
    expect(notice).toContain(`LOST is encrypted with the key ${keyId}`);
    expect(notice).toContain('SECRETS_KEY_PREVIOUS');
    expect((await set(inside(id, 'LOST'), 'again')).status).toBe(200);
  });
});
