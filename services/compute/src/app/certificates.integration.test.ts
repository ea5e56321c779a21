import { X509Certificate } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { certificateRequest } from '../../testing/certificate-requests.ts';
import { INTERNAL_KEY } from '../../testing/compute-client.ts';
import { type ComputeFixture, startComputeFixture } from '../../testing/compute-fixture.ts';

const SECRET = 'a-secret-of-the-operator-of-32-characters';

describe('certificates of servers that join', () => {
  const directory = temporaryFolder('certificates');
  let compute: ComputeFixture;

  beforeAll(async () => {
    compute = await startComputeFixture({
      COMPUTE_CERTIFICATES_DIRECTORY: directory,
      COMPUTE_CA_KEY_SECRET: SECRET,
    });
  });
  afterAll(() => compute?.stop());

  async function ask(body: string, headers: { authorization?: string } = {}) {
    const response = await compute.client.ask('/certificates', { method: 'POST', body, ...headers });
    return { status: response.status, body: await response.json() };
  }
  const bodyFor = async (fields: object = {}) =>
    JSON.stringify({ name: 'ws-4', hostname: '10.0.1.7', csr: await certificateRequest(), ...fields });

  it('are signed for nobody but api', async () => {
    const body = await bodyFor();
    for (const authorization of [
      '',
      'Bearer wrong',
      `Bearer ${compute.api.token}`,
      `Basic ${INTERNAL_KEY}`,
    ]) {
      expect((await ask(body, { authorization })).status).toBe(401);
    }
    expect(await readdir(directory)).toEqual([]);
  });

  it('are of the same authority after a restart', async () => {
    const first = await ask(await bodyFor());
    await compute.restart();
    const second = await ask(await bodyFor());
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.body.ca_certificate).toBe(first.body.ca_certificate);
    const { publicKey } = new X509Certificate(first.body.ca_certificate);
    expect(new X509Certificate(second.body.certificate).verify(publicKey)).toBe(true);
    expect(JSON.stringify(second.body)).not.toContain('PRIVATE');
  });

  it.each([
    ['no JSON', async () => '{'],
    ['no request', async () => bodyFor({ csr: 'hello' })],
    ['a request of a megabyte', async () => bodyFor({ csr: 'A'.repeat(1_000_000) })],
    ['a name that is none', async () => bodyFor({ name: '../x' })],
    [
      'the request of another',
      async () => bodyFor({ csr: await certificateRequest({ commonName: 'ws-1' }) }),
    ],
  ])('are refused for %s', async (_what, body) => {
    const refused = await ask(await body());
    expect(refused.status).toBe(400);
    expect(['invalid_request', 'certificate_request_not_valid']).toContain(refused.body.error.code);
  });
});
