import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ComputeDouble } from '../../testing/compute-double.ts';
import { ComputeWorker } from '../../testing/compute-worker.ts';
import { setUpApi } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';

const CSR = '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n';
const SIZE = { total_cpu: 8, total_memory_mb: 16_384, total_disk_gb: 160 };
const WS_1 = { name: 'ws-1', hostname: '10.0.1.7', docker_port: 2376 };
const paths = (folder: string) => ({
  tls_ca_path: `${folder}/ca.pem`,
  tls_cert_path: `${folder}/client-cert.pem`,
  tls_key_path: `${folder}/client-key.pem`,
});

describe('a new certificate for a server that joined by itself', () => {
  let compute: ComputeDouble;
  let admin: TestUser;
  let serverId: string;
  const api = setUpApi(async () => {
    compute = await ComputeDouble.start();
    compute.respond = (_request, response) => {
      const signed = {
        certificate: 'a certificate',
        ca_certificate: 'of the authority',
        fingerprint: 'ab'.repeat(32),
        expires_at: '2027-11-28T00:00:00.000Z',
        ...paths('/var/lib/podex/certificates'),
      };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(signed));
    };
    return { computeUrl: compute.url };
  });
  const ask = (method: string, path: string, body?: object) =>
    api().ask(method, `/api/admin/servers${path}`, { as: admin, ...(body === undefined ? {} : { body }) });
  const renew = (id: string) => ask('POST', `/${id}/renew`);
  const join = (token: string, server: object = WS_1) =>
    api().ask('POST', '/api/servers/join', { body: { ...server, ...SIZE, csr: CSR, token } });

  beforeAll(async () => {
    admin = await api().signInAdmin();
    const { token } = (await ask('POST', '/join_tokens', WS_1)).body;
    serverId = (await join(token)).body.server_id;
  });
  afterAll(() => compute?.stop());

  it('comes with a token for this server alone, and leaves it the server that it is', async () => {
    const described = { region: 'eu', labels: { disk: 'nvme' } };
    expect((await ask('PATCH', `/${serverId}`, described)).status).toBe(200);
    const made = await renew(serverId);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ ...WS_1, server_id: serverId });
    expect(made.body.command).toMatch(/^podex servers join --token pdxj_\S+ --url \S+$/);
    const another = await join(made.body.token, { ...WS_1, name: 'ws-2' });
    expect([another.status, another.body.error.code]).toEqual([409, 'join_token_for_another']);
    const joined = await join(made.body.token);
    expect([joined.status, joined.body.server_id]).toEqual([201, serverId]);
    expect((await join(made.body.token)).status).toBe(404);
    const { items } = (await ask('GET', '')).body;
    expect(items).toEqual([expect.objectContaining({ id: serverId, enrolled: true, ...described })]);
    const audit = await api().ask('GET', '/api/admin/audit?action=join_token.created&limit=1', { as: admin });
    expect(audit.body.items[0]).toMatchObject({ target: { name: 'ws-1' }, details: { server_id: serverId } });
  });

  it('follows the server to its new address, and replaces a token that was not used', async () => {
    await ask('PATCH', `/${serverId}`, { hostname: '10.0.1.8' });
    const first = (await renew(serverId)).body;
    const second = (await renew(serverId)).body;
    expect(second).toMatchObject({ hostname: '10.0.1.8', server_id: serverId });
    const there = { ...WS_1, hostname: '10.0.1.8' };
    expect((await join(first.token, there)).body.error.code).toBe('join_token_not_valid');
    expect((await join(second.token, there)).body.server_id).toBe(serverId);
  });

  it('is not for servers whose certificates are the operator’s own, or that have none', async () => {
    const own = { ...WS_1, ...SIZE, name: 'ws-3', hostname: '10.0.1.9', ...paths('/certs') };
    const manual = (await ask('POST', '', own)).body.id;
    const refused = await renew(manual);
    expect([refused.status, refused.body.error.code]).toEqual([409, 'conflict']);
    expect(refused.body.error.message).toMatch(
      /^The server ws-3 did not join by itself.*podex servers invite ws-3/,
    );
    const local = await renew(await ComputeWorker.registerServer(api()));
    expect(local.body.error.message).toContain('the engine beside compute');
    expect((await renew('srv_00000000000000000000000000')).body.error.code).toBe('server_not_found');
    const user = await api().signUp();
    expect((await api().ask('POST', `/api/admin/servers/${serverId}/renew`, { as: user })).status).toBe(403);
  });
});
