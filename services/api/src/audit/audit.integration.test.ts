import { PodexError } from '@podex/contracts/errors';
import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../testing/compute-worker.ts';
import { eventually } from '../../testing/eventually.ts';
import { OPERATION_BODIES } from '../../testing/operation-bodies.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi, setUpPostgres } from '../../testing/set-up.ts';
import { ADMIN, cookieOf, PAGE_ORIGIN, PASSWORD, type TestUser } from '../../testing/test-api.ts';
import { connectDatabase } from '../database/connect.ts';

const AUDIT = '/api/admin/audit';
const PROXIED = { 'x-forwarded-for': '203.0.113.9', 'user-agent': 'a test' };
const DENIED_AT_ONCE = 40;

interface Entry {
  seq: number;
  action: string;
  [field: string]: unknown;
}

describe('the audit log', () => {
  const api = setUpApi(() => ({ variables: { TRUSTED_PROXIES: '127.0.0.1' } }), setUpPostgres());
  let admin: TestUser;
  let user: TestUser;

  beforeAll(async () => {
    admin = await api().signInAdmin();
    user = await api().signUp();
  });

  const read = async (query: Record<string, string | number> = {}) => {
    const text = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
    const answer = await api().ask('GET', `${AUDIT}?${text}`, { as: admin });
    expect([answer.status, answer.body.error]).toEqual([200, undefined]);
    return answer.body as { items: Entry[]; next: string | null };
  };
  const newest = async (query: Record<string, string | number>) =>
    (await read({ ...query, limit: 1 })).items[0];
  const signIn = (email: string, password: string, headers: Record<string, string> = {}) =>
    api().ask('POST', '/api/auth/sign-in/email', { body: { email, password }, headers });
  const withCookie = (cookie: string) => ({ ...PROXIED, cookie, origin: PAGE_ORIGIN });
  const sessionOf = async () => cookieOf(await signIn(user.email, PASSWORD, PROXIED));

  it('tells who signed in, from where and with which session, and who failed to', async () => {
    const cookie = await sessionOf();
    const sessions = await api().ask('GET', '/api/sessions', { headers: withCookie(cookie) });
    const entry = await newest({ action: 'sign_in.succeeded', actor: user.email });
    expect(entry).toMatchObject({
      result: 'succeeded',
      actor: { kind: 'user', id: user.id, email: user.email },
      address: '203.0.113.9',
      user_agent: 'a test',
      credential: { kind: 'session' },
      request_id: expect.stringMatching(/^[\w-]{8,64}$/),
      details: { method: 'password' },
    });
    const ids = sessions.body.items.map(({ id }: { id: string }) => id);
    expect(ids).toContain(Object(entry?.credential).id);

    const refused = await signIn(user.email.toUpperCase(), 'a-wrong-guess', PROXIED);
    expect(await newest({ action: 'sign_in.failed' })).toMatchObject({
      result: 'failed',
      error_code: 'invalid_credentials',
      actor: { kind: 'anonymous', id: null, email: null },
      target: { kind: 'user', id: user.id, name: user.email },
      address: '203.0.113.9',
      request_id: refused.headers.get('x-request-id'),
    });
    await signIn('nobody@example.com', 'a-wrong-guess', PROXIED);
    expect(await newest({ action: 'sign_in.failed' })).toMatchObject({
      target: { kind: 'user', id: null, name: 'nobody@example.com' },
    });
    expect(JSON.stringify(await read())).not.toContain('a-wrong-guess');
  });

  it('tells what people do with their account', async () => {
    const cookie = await sessionOf();
    const headers = withCookie(cookie);
    await sessionOf();
    const listed = await api().ask('GET', '/api/sessions', { headers });
    const otherId = listed.body.items.find((one: { is_current: boolean }) => !one.is_current).id;
    const post = (path: string, body: object) => api().ask('POST', `/api/auth${path}`, { headers, body });

    expect((await api().ask('DELETE', `/api/sessions/${otherId}`, { headers })).status).toBe(204);
    expect(await newest({ action: 'session.revoked' })).toMatchObject({
      actor: { id: user.id },
      target: { kind: 'session', id: otherId },
    });
    expect((await api().ask('DELETE', '/api/sessions', { headers })).status).toBe(204);
    expect(await newest({ action: 'session.revoked' })).toMatchObject({
      target: { kind: 'user', id: user.id },
      details: { which: 'all_others' },
    });
    await post('/change-password', { currentPassword: 'a-wrong-guess', newPassword: 'another-password' });
    expect(await newest({ action: 'password.changed' })).toMatchObject({
      result: 'failed',
      error_code: 'invalid_credentials',
    });
    await post('/update-user', { name: 'Another name' });
    expect(await newest({ action: 'user.changed' })).toMatchObject({ details: { changed: ['name'] } });
    expect((await post('/sign-out', {})).status).toBe(200);
    expect(await newest({ action: 'sign_out' })).toMatchObject({
      actor: { kind: 'user', id: user.id, email: user.email },
      credential: { kind: 'session' },
    });
    expect(await newest({ action: 'user.created', target: user.email })).toMatchObject({
      actor: { kind: 'anonymous' },
      details: { role: 'user' },
    });
    const again = withCookie(await sessionOf());
    const body = { currentPassword: PASSWORD, newPassword: PASSWORD };
    await api().ask('POST', '/api/auth/change-password', { headers: again, body });
    expect(await newest({ action: 'password.changed', result: 'succeeded' })).toMatchObject({
      actor: { id: user.id },
    });
  });

  it('tells of tokens, invitations, settings, servers and workspaces, by which credential', async () => {
    const as = admin;
    const start = (await newest({}))?.seq ?? 0;
    const ask = (method: string, path: string, body?: object) => api().ask(method, path, { as, body });
    const made = await ask('POST', '/api/tokens', { name: 'deploy', scope: 'read' });
    await ask('DELETE', `/api/tokens/${made.body.id}`);
    const invited = await ask('POST', '/api/admin/invitations', { email: 'guest@example.com' });
    await ask('DELETE', `/api/admin/invitations/${invited.body.id}`);
    await ask('PATCH', '/api/admin/settings', { max_tokens_per_user: 90 });
    const server = await ask('POST', '/api/admin/servers', Object(OPERATION_BODIES.createServer));
    const serverPath = `/api/admin/servers/${server.body.id}`;
    await ask('PATCH', serverPath, { total_cpu: 4 });
    await ask('POST', `${serverPath}/drain`);
    await ask('POST', `${serverPath}/activate`);
    await ask('DELETE', serverPath);
    const compute = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
    const workspace = await ask('POST', '/api/workspaces?wait_ms=0', { name: 'one' });
    await compute.step();
    const path = `/api/workspaces/${workspace.body.id}`;
    await ask('PATCH', path, { name: 'two' });
    await ask('POST', `${path}/stop?wait_ms=0`);
    await ask('POST', `${path}/stop?wait_ms=0`);
    await ask('POST', `${path}/start?wait_ms=0`);
    await ask('DELETE', path);
    const { items } = await read({ actor: ADMIN.email, limit: 200 });
    const later = items.filter(({ seq, action }) => seq > start && !action.startsWith('sign_in')).reverse();
    expect(later.map(({ action }) => action)).toEqual([
      'token.created',
      'token.revoked',
      'invitation.created',
      'invitation.revoked',
      'setting.changed',
      'server.registered',
      'server.changed',
      'server.drained',
      'server.activated',
      'server.removed',
      'workspace.created',
      'workspace.changed',
      'workspace.stopped',
      'workspace.started',
      'workspace.deleted',
    ]);
    expect(later.every(({ credential }) => (credential as { kind: string }).kind === 'token')).toBe(true);
    expect(later[0]).toMatchObject({
      target: { kind: 'token', id: made.body.id, name: 'deploy' },
      details: { scopes: ['read'], expires_in_days: 90 },
    });
    expect(later[4]).toMatchObject({
      target: { id: 'max_tokens_per_user' },
      details: { before: 100, after: 90 },
    });
    expect(JSON.stringify(items)).not.toContain(made.body.secret);
    expect((await read({ workspace: workspace.body.id })).items).toHaveLength(5);
    expect((await read({ workspace: workspace.body.id, action: 'workspace.st' })).items).toEqual([]);
    expect((await read({ q: 'max_TOKENS', action: 'setting' })).items).toHaveLength(1);
    expect((await read({ q: '100%' })).items).toEqual([]);
  });

  it('says nothing of a request that failed, or was sent again', async () => {
    const headers = { 'idempotency-key': 'the-same-key' };
    const body = { name: 'once' };
    for (const _time of [1, 2]) await api().ask('POST', '/api/tokens', { as: user, body, headers });
    expect((await read({ action: 'token.created', target: 'once' })).items).toHaveLength(1);
    const before = (await newest({}))?.seq;
    await api().ask('DELETE', '/api/tokens/tok_01k9x3v7m4q8r2t6w0y5z1a3b7', { as: user });
    expect((await newest({}))?.seq).toBe(before);
  });

  it('is for admins alone, and tells of those who try', async () => {
    for (const path of [AUDIT, `${AUDIT}/export`, `${AUDIT}/verify`]) {
      expect((await api().ask('GET', path, { as: user })).status).toBe(403);
      expect((await api().ask('GET', path)).status).toBe(401);
    }
    expect(await newest({ action: 'request.denied', actor: user.id, q: 'verify' })).toMatchObject({
      result: 'denied',
      error_code: 'forbidden',
      actor: { email: user.email },
      target: { kind: 'operation', id: 'verifyAudit' },
      credential: { kind: 'token' },
    });
    const foreign = { cookie: user.cookie, origin: 'https://evil.example', ...PROXIED };
    expect((await api().ask('POST', '/api/tokens', { headers: foreign, body: { name: 'x' } })).status).toBe(
      403,
    );
    expect(await newest({ action: 'request.denied' })).toMatchObject({
      error_code: 'origin_not_allowed',
      address: '203.0.113.9',
      target: { id: 'createToken' },
    });
  });

  it('takes down a bounded number of refused requests, and says that there were more', async () => {
    const stranger = await api().signUp();
    const all = Array.from({ length: DENIED_AT_ONCE }, () => api().ask('GET', AUDIT, { as: stranger }));
    expect((await Promise.all(all)).every(({ status }) => status === 403)).toBe(true);
    const { items } = await read({ actor: stranger.id, action: 'request.denied', limit: 200 });
    expect(items).toHaveLength(20);
    expect(items.filter(({ details }) => Object(details).more_left_out === true)).toHaveLength(1);
  });

  it('is read page by page without a gap, and within a time', async () => {
    const first = await read({ limit: 3 });
    const second = await read({ limit: 3, after: first.next ?? '' });
    const seqs = [...first.items, ...second.items].map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: 6 }, (_, index) => (seqs[0] ?? 0) - index));
    let last = await read({ limit: 200 });
    while (last.next !== null) last = await read({ limit: 200, after: last.next });
    expect(last.items.at(-1)).toMatchObject({ seq: 1, action: 'audit.started' });
    const at = String(second.items[0]?.at);
    expect((await read({ to: at })).items.every((entry) => String(entry.at) < at)).toBe(true);
    expect((await read({ from: '2999-01-01T00:00:00Z' })).items).toEqual([]);
  });

  it('is taken away whole, as JSON and as CSV that no spreadsheet runs', async () => {
    const name = '=HYPERLINK("http://evil.example","x")';
    await api().ask('POST', '/api/tokens', { as: user, body: { name } });
    const upTo = (await newest({}))?.seq ?? 0;
    const json = await api().ask('GET', `${AUDIT}/export`, { as: admin });
    expect(json.headers.get('content-type')).toBe('application/x-ndjson');
    expect(json.headers.get('content-disposition')).toContain('podex-audit.ndjson');
    const entries = String(json.body)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: upTo }, (_, index) => index + 1));
    expect(await newest({ action: 'audit.exported' })).toMatchObject({
      actor: { email: ADMIN.email },
      details: { format: 'ndjson', last_seq: upTo },
    });

    const query = new URLSearchParams({ format: 'csv', action: 'token.created', actor: user.email });
    const csv = String((await api().ask('GET', `${AUDIT}/export?${query}`, { as: admin })).body);
    const [head, ...rows] = csv.trimEnd().split('\r\n');
    expect(head).toMatch(/^seq,at,action,result,/);
    expect(rows.every((row) => row.includes('"token.created"'))).toBe(true);
    expect(csv).toContain(`"'=HYPERLINK(""http://evil.example"",""x"")"`);
    expect(csv).not.toMatch(/(^|,)"?[=+@-]/m);
  });

  it('is checked over HTTP, against an earlier end as well', async () => {
    const check = (query = '') => api().ask('GET', `${AUDIT}/verify${query}`, { as: admin });
    const first = await check();
    expect(first.body).toMatchObject({ intact: true, problem: null, resealed: [], first_seq: 1 });
    await api().ask('POST', '/api/tokens', { as: user, body: { name: 'later' } });
    const { last_seq: seq, last_hash: hash } = first.body;
    expect((await check(`?seq=${seq}&hash=${hash}`)).body).toMatchObject({ intact: true });
    expect((await check(`?seq=${seq}&hash=${'0'.repeat(64)}`)).body).toMatchObject({
      intact: false,
      problem: { seq, kind: 'note_differs' },
    });
    expect((await check(`?seq=${seq}`)).status).toBe(400);
    await eventually(async () => (await check()).status).toBe(429);
    expect(PodexError.fromBody((await check()).body).code).toBe('rate_limited');
  });

  it('outlasts the people that it tells of', async () => {
    const gone = await api().signUp();
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    const before = (await read({ actor: gone.id })).items;
    await database.db.deleteFrom('user').where('email', '=', gone.email).execute();
    expect(before.length).toBeGreaterThan(0);
    expect((await read({ actor: gone.id })).items).toEqual(before);
  });
});
