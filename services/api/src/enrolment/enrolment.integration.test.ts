import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ComputeDouble } from '../../testing/compute-double.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi } from '../../testing/set-up.ts';
import { type Answer, PAGE_ORIGIN, type TestUser } from '../../testing/test-api.ts';
import { connectDatabase } from '../database/connect.ts';
import { deleteOldJoinTokens } from './join-token-store.ts';

const SIGNED = {
  certificate: 'a certificate',
  ca_certificate: 'the certificate of the authority',
  fingerprint: 'ab'.repeat(32),
  expires_at: '2027-11-28T00:00:00.000Z',
  tls_ca_path: '/var/lib/podex/certificates/ca.pem',
  tls_cert_path: '/var/lib/podex/certificates/client-cert.pem',
  tls_key_path: '/var/lib/podex/certificates/client-key.pem',
};
const CSR = '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n';
const SIZE = { total_cpu: 8, total_memory_mb: 16_384, total_disk_gb: 160 };

describe('a server that joins', () => {
  let compute: ComputeDouble;
  const api = setUpApi(async () => {
    compute = await ComputeDouble.start();
    return { computeUrl: compute.url, variables: { TRUSTED_PROXIES: '127.0.0.1' } };
  });
  let admin: TestUser;
  let servers = 0;

  beforeAll(async () => {
    admin = await api().signInAdmin();
    signs();
  });
  afterAll(() => compute?.stop());

  const signs = () => {
    compute.respond = (_request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(SIGNED));
    };
  };
  const fails = (status: number, code: string, context: object = {}) => {
    compute.respond = (_request, response) => {
      const error = { code, message: 'It failed.', context, request_id: 'request-1' };
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
    };
  };
  const codeOf = (answer: Answer) => answer.body?.error?.code ?? answer.status;
  const newServer = () => {
    servers += 1;
    return { name: `joined-${servers}`, hostname: `10.1.0.${servers}`, docker_port: 2376 };
  };
  const invite = (server: object, as: TestUser | undefined = admin, headers: Record<string, string> = {}) =>
    api().ask('POST', '/api/admin/servers/join_tokens', { as, body: server, headers });
  const tokenFor = async (server: object): Promise<string> => (await invite(server)).body.token;
  /** Each from a network of its own: guesses are counted. */
  let networks = 0;
  const post = (path: string, body: object) => {
    networks += 1;
    const headers = { 'x-forwarded-for': `198.51.${networks >> 8}.${networks & 255}` };
    return api().ask('POST', path, { body, headers });
  };
  const join = (server: object, token: string, fields: object = {}) =>
    post('/api/servers/join', { ...server, ...SIZE, csr: CSR, token, ...fields });
  const lookUp = (token: string) => post('/api/servers/join/look_up', { token });
  const listed = async (name: string) => {
    const { body } = await api().ask('GET', '/api/admin/servers?limit=200', { as: admin });
    return body.items.filter((server: { name: string }) => server.name === name);
  };
  const openTokens = async (): Promise<{ id: string; name: string }[]> =>
    (await api().ask('GET', '/api/admin/servers/join_tokens', { as: admin })).body.items;
  const audited = async (action: string) =>
    (await api().ask('GET', `/api/admin/audit?action=${action}&limit=1`, { as: admin })).body.items[0];
  const changeTokenOf = async (name: string, change: object) => {
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    await database.db.updateTable('join_token').set(change).where('name', '=', name).execute();
  };

  it('is registered with what compute made, pending until it was checked', async () => {
    const server = newServer();
    const invited = await invite(server);
    expect(invited.status).toBe(201);
    expect(invited.body).toMatchObject({ ...server, server_id: null, created_by: 'admin@example.com' });
    expect(invited.body.command).toBe(
      `podex servers join --token ${invited.body.token} --url ${PAGE_ORIGIN}`,
    );
    const minutes = (Date.parse(invited.body.expires_at) - Date.now()) / 60_000;
    expect(Math.round(minutes)).toBe(60);
    expect((await lookUp(invited.body.token)).body).toEqual({
      ...server,
      expires_at: invited.body.expires_at,
    });

    const joined = await join(server, invited.body.token);
    expect(joined.status).toBe(201);
    expect(joined.body).toMatchObject({
      name: server.name,
      certificate: SIGNED.certificate,
      ca_certificate: SIGNED.ca_certificate,
    });
    expect(JSON.stringify(joined.body)).not.toContain('client-key');
    const asked = compute.requests.at(-1);
    expect([asked?.url, JSON.parse(asked?.body ?? '')]).toEqual([
      '/certificates',
      { name: server.name, hostname: server.hostname, csr: CSR },
    ]);
    const { certificate: _c, ca_certificate: _a, fingerprint: _f, expires_at: _e, ...paths } = SIGNED;
    expect(await listed(server.name)).toMatchObject([
      { id: joined.body.server_id, ...server, ...SIZE, ...paths, enrolled: true, status: 'pending' },
    ]);
    expect(await audited('server.joined')).toMatchObject({
      actor: { kind: 'anonymous' },
      target: { kind: 'server', name: server.name },
      details: { invited_by: 'admin@example.com', fingerprint: SIGNED.fingerprint, is_new: true },
    });
  });

  it('uses its token up: a second time, it is nothing', async () => {
    const server = newServer();
    const token = await tokenFor(server);
    expect((await join(server, token)).status).toBe(201);
    expect(codeOf(await join(server, token))).toBe('join_token_not_valid');
    expect(codeOf(await lookUp(token))).toBe('join_token_not_valid');
    expect(await listed(server.name)).toHaveLength(1);
  });

  it('uses it once, however many come at the same time', async () => {
    const server = newServer();
    const token = await tokenFor(server);
    const before = compute.requests.length;
    const answers = await Promise.all(Array.from({ length: 10 }, () => join(server, token)));
    expect(answers.map(codeOf).filter((code) => code === 201)).toHaveLength(1);
    expect(answers.map(codeOf).filter((code) => code === 'join_token_not_valid')).toHaveLength(9);
    expect(compute.requests.length - before).toBe(1);
    expect(await listed(server.name)).toHaveLength(1);
  });

  it.each([
    ['name', { name: 'another' }],
    ['hostname', { hostname: '10.9.9.9' }],
    ['docker_port', { docker_port: 2377 }],
  ])('is no other server than the token says: %s', async (field, other) => {
    const server = newServer();
    const token = await tokenFor(server);
    const before = compute.requests.length;
    const refused = await join(server, token, other);
    expect([refused.status, codeOf(refused), refused.body.error.context]).toEqual([
      409,
      'join_token_for_another',
      { field },
    ]);
    expect(compute.requests.length).toBe(before);
    expect(await audited('server.joined')).toMatchObject({ result: 'denied', target: { name: server.name } });
    expect((await join(server, token)).status).toBe(201);
  });

  it('comes too late after an hour, and after its token was revoked', async () => {
    const late = newServer();
    const token = await tokenFor(late);
    await changeTokenOf(late.name, { expires_at: new Date(Date.now() - 1000) });
    expect(codeOf(await lookUp(token))).toBe('join_token_not_valid');
    expect(codeOf(await join(late, token))).toBe('join_token_not_valid');

    const revoked = newServer();
    const { id, token: secret } = (await invite(revoked)).body;
    const path = `/api/admin/servers/join_tokens/${id}`;
    expect(codeOf(await api().ask('DELETE', path, { as: admin }))).toBe(204);
    expect(codeOf(await api().ask('DELETE', path, { as: admin }))).toBe('join_token_not_found');
    expect(codeOf(await join(revoked, secret))).toBe('join_token_not_valid');
    expect(await audited('join_token.revoked')).toMatchObject({ target: { name: revoked.name } });
  });

  it('is revoked while it joins, and is not registered', async () => {
    const server = newServer();
    const { id, token } = (await invite(server)).body;
    compute.respond = (_request, response) => {
      void api()
        .ask('DELETE', `/api/admin/servers/join_tokens/${id}`, { as: admin })
        .then(() => response.setHeader('content-type', 'application/json').end(JSON.stringify(SIGNED)));
    };
    expect(codeOf(await join(server, token))).toBe('join_token_not_valid');
    signs();
    expect(await listed(server.name)).toEqual([]);
  });

  it('cannot use the token of somebody who is no admin any more', async () => {
    const server = newServer();
    const other = await api().signUp();
    const role = (value: string) =>
      api().ask('PATCH', `/api/admin/users/${other.id}`, { as: admin, body: { role: value } });
    expect((await role('admin')).status).toBe(200);
    const asAdmin = await api().ask('POST', '/api/tokens', {
      headers: { cookie: other.cookie, origin: PAGE_ORIGIN },
      body: { name: 'for admins', scopes: ['admin'] },
    });
    const { token } = (await invite(server, { ...other, token: asAdmin.body.secret })).body;
    expect((await lookUp(token)).status).toBe(200);
    expect((await role('user')).status).toBe(200);
    expect(codeOf(await join(server, token))).toBe('join_token_not_valid');
  });

  it.each([
    [400, 'certificate_request_not_valid', { reason: 'no key' }, 'certificate_request_not_valid'],
    [
      503,
      'certificates_not_configured',
      { variable: 'COMPUTE_CA_KEY_SECRET' },
      'certificates_not_configured',
    ],
    [503, 'certificates_unusable', { reason: 'damaged' }, 'certificates_unusable'],
    [500, 'internal', {}, 'service_unavailable'],
    [401, 'unauthenticated', {}, 'service_unavailable'],
    [404, 'not_found', {}, 'service_unavailable'],
  ])('keeps its token when compute answers %i %s', async (status, code, context, expected) => {
    const server = newServer();
    const token = await tokenFor(server);
    fails(status, code, context);
    expect(codeOf(await join(server, token))).toBe(expected);
    expect(await listed(server.name)).toEqual([]);
    signs();
    expect((await join(server, token)).status).toBe(201);
  });

  it('keeps its token when compute says something that is no certificate', async () => {
    const server = newServer();
    const token = await tokenFor(server);
    compute.respond = (_request, response) => response.end('hello');
    expect(codeOf(await join(server, token))).toBe('service_unavailable');
    signs();
    expect((await join(server, token)).status).toBe(201);
  });

  it('is freed of a request that died with it', async () => {
    const server = newServer();
    const token = await tokenFor(server);
    await changeTokenOf(server.name, { held_by: 'somebody', held_until: new Date(Date.now() + 60_000) });
    expect(codeOf(await join(server, token))).toBe('join_token_not_valid');
    await changeTokenOf(server.name, { held_until: new Date(Date.now() - 1) });
    expect((await join(server, token)).status).toBe(201);
  });

  it('is given a new certificate in the same row when it joins again', async () => {
    const server = newServer();
    const first = await join(server, await tokenFor(server));
    const invited = await invite(server);
    expect(invited.body.server_id).toBe(first.body.server_id);
    const again = await join(server, invited.body.token, { total_cpu: 16 });
    expect([again.status, again.body.server_id]).toEqual([201, first.body.server_id]);
    expect(await listed(server.name)).toMatchObject([{ total_cpu: 16, enrolled: true, status: 'pending' }]);
    const lost = (await invite(server)).body.token;
    await api().ask('DELETE', `/api/admin/servers/${first.body.server_id}`, { as: admin });
    expect(codeOf(await join(server, lost))).toBe('join_token_not_valid');
  });

  it('has the labels and the region that it was invited with, and keeps its own when nothing was said', async () => {
    const server = newServer();
    const described = { labels: { disk: 'nvme' }, region: 'fsn1' };
    const { token } = (await invite({ ...server, ...described })).body;
    await join(server, token, { engine_id: 'ENGINE' });
    expect(await listed(server.name)).toMatchObject([described]);
    await join(server, await tokenFor(server));
    expect(await listed(server.name)).toMatchObject([described]);
    const control = await invite({ ...newServer(), labels: { disk: 'a\nb' } });
    expect(codeOf(control)).toBe('invalid_request');
  });

  it('is not enrolled any more once it is given certificates of the operator’s own', async () => {
    const server = newServer();
    const { server_id: id } = (await join(server, await tokenFor(server))).body;
    const change = (body: object) => api().ask('PATCH', `/api/admin/servers/${id}`, { as: admin, body });
    expect((await change({ total_cpu: 4 })).body.enrolled).toBe(true);
    expect((await change({ tls_cert_path: '/etc/own.pem' })).body.enrolled).toBe(false);
  });

  it('takes neither the name nor the address of another', async () => {
    const [one, two] = [newServer(), newServer()];
    await join(one, await tokenFor(one));
    expect(codeOf(await invite({ ...two, name: one.name }))).toBe('name_taken');
    const taken = await invite({ ...two, hostname: one.hostname });
    expect([codeOf(taken), taken.body.error.context]).toEqual([
      'address_taken',
      { hostname: one.hostname, docker_port: 2376, name: one.name },
    ]);
    const tokens = [await tokenFor(two), await tokenFor({ ...two, name: 'second-at-two' })];
    expect((await join(two, tokens[0] ?? '')).status).toBe(201);
    expect(codeOf(await join({ ...two, name: 'second-at-two' }, tokens[1] ?? ''))).toBe('address_taken');
  });

  it('has one open token at a time, and the list shows it without the secret', async () => {
    const server = newServer();
    const [first, second] = [await tokenFor(server), await tokenFor(server)];
    expect(codeOf(await lookUp(first))).toBe('join_token_not_valid');
    expect((await lookUp(second)).status).toBe(200);
    const tokens = await openTokens();
    expect(tokens.filter(({ name }) => name === server.name)).toHaveLength(1);
    expect(JSON.stringify(tokens)).not.toContain('pdxj_');
  });

  it('gets the same token for the same request, sent twice', async () => {
    const server = newServer();
    const key = { 'idempotency-key': 'join-once' };
    const [first, second] = [await invite(server, admin, key), await invite(server, admin, key)];
    expect(second.body).toEqual(first.body);
    expect((await join(server, first.body.token)).status).toBe(201);
  });

  it('has a token that is good for nothing else, and that no other credential replaces', async () => {
    const server = newServer();
    const token = await tokenFor(server);
    for (const path of [
      '/api/me',
      '/api/admin/servers',
      '/api/admin/servers/join_tokens',
      '/api/workspaces',
    ]) {
      const answer = await api().ask('GET', path, { headers: { authorization: `Bearer ${token}` } });
      expect([path, answer.status]).toEqual([path, 401]);
    }
    const internal = await api().ask('GET', '/internal/servers', {
      headers: { authorization: `Bearer ${token}` },
    });
    expect([401, 404]).toContain(internal.status);
    expect(codeOf(await join(server, admin.token))).toBe('invalid_request');
    expect(codeOf(await join(server, `pdxj_${'x'.repeat(43)}`))).toBe('join_token_not_valid');
    const user = await api().signUp();
    expect(codeOf(await invite(server, user))).toBe('forbidden');
  });

  it.each([
    ['a csr of a megabyte', { csr: `${CSR}${'A'.repeat(1_000_000)}` }],
    ['no csr', { csr: undefined }],
    ['a csr with a NUL', { csr: 'a\0b' }],
    ['no processors', { total_cpu: 0 }],
    ['10 PB of memory', { total_memory_mb: 10_000_000_000 }],
    ['a name that is a path', { name: '../etc' }],
    ['an engine id of two lines', { engine_id: 'a\nb' }],
  ])('is refused with %s, and keeps its token', async (_what, fields) => {
    const server = newServer();
    const token = await tokenFor(server);
    const refused = await join(server, token, fields);
    expect([refused.status, codeOf(refused)]).toEqual([400, 'invalid_request']);
    expect((await join(server, token)).status).toBe(201);
  });

  it.each([
    [{ name: 'Ws_1' }],
    [{ name: '../x' }],
    [{ hostname: 'a b' }],
    [{ hostname: 'https://x' }],
    [{ hostname: '10.0.0.1:2376' }],
    [{ hostname: ':::' }],
    [{ docker_port: 0 }],
    [{ docker_port: 70_000 }],
  ])('cannot be invited as %j', async (fields) => {
    expect(codeOf(await invite({ ...newServer(), ...fields }))).toBe('invalid_request');
  });

  it('is refused after too many guesses from its network', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.77' };
    const body = { token: `pdxj_${'y'.repeat(43)}` };
    const guess = () => api().ask('POST', '/api/servers/join/look_up', { body, headers });
    const guesses = await Promise.all(Array.from({ length: 61 }, guess));
    expect(guesses.map(codeOf).filter((code) => code === 'rate_limited')).toHaveLength(1);
  });

  it('leaves no token in the database, and old ones are removed', async () => {
    const server = newServer();
    const token = await tokenFor(server);
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    const { db } = database;
    expect(JSON.stringify(await db.selectFrom('join_token').selectAll().execute())).not.toContain(token);
    await changeTokenOf(server.name, { expires_at: new Date(Date.now() - 8 * 24 * 60 * 60_000) });
    await deleteOldJoinTokens(db);
    const rows = await db.selectFrom('join_token').select('id').where('name', '=', server.name).execute();
    expect(rows).toEqual([]);
  });
});
