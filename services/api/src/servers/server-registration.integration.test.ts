import { beforeAll, describe, expect, it } from 'vitest';
import { observeServer } from '../../testing/compute-worker.ts';
import { setUpApi } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';

const TLS = '/etc/docker/certs';
const PETABYTE_GB = 1_000_000;
let hosts = 0;

function bodyOf(fields: object = {}) {
  hosts += 1;
  return {
    name: `ws-${hosts}`,
    hostname: `10.9.0.${hosts}`,
    docker_port: 2376,
    tls_ca_path: `${TLS}/ca.pem`,
    tls_cert_path: `${TLS}/cert.pem`,
    tls_key_path: `${TLS}/key.pem`,
    total_cpu: 16,
    total_memory_mb: 65_536,
    total_disk_gb: 500,
    ...fields,
  };
}

describe('the registration of a server', () => {
  const api = setUpApi();
  let admin: TestUser;

  beforeAll(async () => {
    admin = await api().signInAdmin();
  });

  const register = (fields: object = {}) =>
    api().ask('POST', '/api/admin/servers', { as: admin, body: bodyOf(fields) });
  const change = (id: string, body: object) =>
    api().ask('PATCH', `/api/admin/servers/${id}`, { as: admin, body });
  const names = async (): Promise<string[]> => {
    const { items } = (await api().ask('GET', '/api/admin/servers?limit=200', { as: admin })).body;
    return items.map(({ name }: { name: string }) => name);
  };
  const recordOf = async (id: string) => {
    const { items } = (await api().internal('GET', '/internal/servers')).body;
    return items.find((one: { id: string }) => one.id === id);
  };

  it.each([
    ['no processor', { total_cpu: 0 }, 'total_cpu'],
    ['negative memory', { total_memory_mb: -1 }, 'total_memory_mb'],
    ['half a megabyte', { total_memory_mb: 0.5 }, 'total_memory_mb'],
    ['10 PB', { total_disk_gb: 10 * PETABYTE_GB }, 'total_disk_gb'],
    ['more memory than there is', { total_memory_mb: 1e12 }, 'total_memory_mb'],
    ['a path as its name', { name: '../../etc' }, 'name'],
    ['an encoded path as its name', { name: '..%2fetc' }, 'name'],
    ['no name', { name: '' }, 'name'],
    ['a name of 64 characters', { name: 'a'.repeat(64) }, 'name'],
    ['a name with a new line', { name: 'ws\n1' }, 'name'],
    ['two addresses', { hostname: '10.0.0.1,10.0.0.2' }, 'hostname'],
    ['a port in the host name', { hostname: '10.0.0.1:2375' }, 'hostname'],
    ['a path in the host name', { hostname: 'example.com/../x' }, 'hostname'],
    ['a host name of dots', { hostname: '..' }, 'hostname'],
    ['port 0', { docker_port: 0 }, 'docker_port'],
    ['port 65536', { docker_port: 65_536 }, 'docker_port'],
    ['a relative path', { tls_ca_path: 'ca.pem' }, 'tls_ca_path'],
    ['a path that climbs', { tls_key_path: `${TLS}/../../shadow` }, 'tls_key_path'],
    ['a path with NUL', { tls_cert_path: `${TLS}/a\0b` }, 'tls_cert_path'],
    ['no certificate', { tls_cert_path: undefined }, 'tls_cert_path'],
    ['a label with a control character', { labels: { disk: 'nv\u001b[31mme' } }, 'labels'],
    ['a label with a new line', { labels: { disk: 'a\nb' } }, 'labels'],
    ['a key with a space', { labels: { 'a b': 'c' } }, 'labels'],
    ['a key in capitals', { labels: { Disk: 'c' } }, 'labels'],
    ['a label of 64 characters', { labels: { disk: 'x'.repeat(64) } }, 'labels'],
    [
      '33 labels',
      { labels: Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`k${n}`, ''])) },
      'labels',
    ],
    ['a number as a label', { labels: { disk: 1 } }, 'labels'],
    ['a region of 64 characters', { region: 'x'.repeat(64) }, 'region'],
    ['a region with a control character', { region: 'eu\u0007' }, 'region'],
  ])('is refused with %s, which it names, and nothing is made', async (_, fields, field) => {
    const before = await names();
    const { status, body } = await register(fields);
    expect([status, body.error.code]).toEqual([400, 'invalid_request']);
    expect(JSON.stringify(body.error.context)).toContain(field);
    expect(await names()).toEqual(before);
  });

  it('is refused at an address that another has, however it is written', async () => {
    const { name } = (await register({ hostname: 'Build-1.example.com', docker_port: 2377 })).body;
    const again = await register({ hostname: 'build-1.EXAMPLE.com', docker_port: 2377 });
    expect([again.status, again.body.error.code]).toEqual([409, 'address_taken']);
    expect(again.body.error.context).toMatchObject({ name, docker_port: 2377 });
    const beside = await register({ hostname: 'build-1.example.com', docker_port: 2378 });
    expect(beside.status).toBe(201);
    const moved = await change(beside.body.id, { docker_port: 2377 });
    expect([moved.status, moved.body.error.code]).toEqual([409, 'address_taken']);
  });

  it('is given to one of several who ask at once', async () => {
    const same = bodyOf();
    const answers = await Promise.all(
      ['one-of-many', 'two-of-many', 'three-of-many', same.name, same.name].map((name) =>
        api().ask('POST', '/api/admin/servers', { as: admin, body: { ...same, name } }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
  });

  it('keeps the port and everything else that a change leaves out', async () => {
    const { id } = (await register({ docker_port: 4000, labels: { disk: 'nvme' }, region: 'eu-1' })).body;
    const changed = await change(id, { total_cpu: 8 });
    expect(changed.body).toMatchObject({
      docker_port: 4000,
      total_cpu: 8,
      labels: { disk: 'nvme' },
      region: 'eu-1',
    });
  });

  it('has labels and a region, whose change needs no check', async () => {
    const labels = { 'disk.kind/of': 'nvme', gpu: '' };
    const made = await register({ labels, region: 'eu-central' });
    expect(made.body).toMatchObject({ labels, region: 'eu-central' });
    const { id } = made.body;
    await observeServer(api(), id, { status: 'ready' });
    const changed = await change(id, { labels: { gpu: 'a100' }, region: null });
    expect(changed.body).toMatchObject({ labels: { gpu: 'a100' }, region: null, status: 'ready' });
    expect(await recordOf(id)).toMatchObject({ labels: { gpu: 'a100' }, region: null, version: 1 });
  });

  it('is held to what the engine says it has', async () => {
    const { id } = (await register({ total_cpu: 64, total_memory_mb: 65_536, total_disk_gb: 100 })).body;
    await observeServer(api(), id, { status: 'ready', facts: factsOf({ cpus: 8, memory_mb: 8192 }) });
    expect(await recordOf(id)).toMatchObject({
      total_cpu: 64,
      usable_cpu: 8,
      usable_memory_mb: 8192,
      usable_disk_gb: 100,
    });
  });

  it('holds for the engine that passed first, until an admin accepts another', async () => {
    const { id } = (await register()).body;
    const observe = (status: 'ready' | 'unfit', engineId: string) =>
      observeServer(api(), id, { status, facts: factsOf({ engine_id: engineId }) });
    await observe('unfit', 'unfit-engine');
    expect((await recordOf(id)).engine_id).toBeNull();
    await observe('ready', 'first');
    await observe('ready', 'second');
    expect((await recordOf(id)).engine_id).toBe('first');
    const path = `/api/admin/servers/${id}/check?accept_engine=true`;
    const checked = api().ask('POST', path, { as: admin });
    await expect.poll(async () => (await recordOf(id)).engine_id).toBeNull();
    await observe('ready', 'second');
    expect((await checked).status).toBe(200);
    expect((await recordOf(id)).engine_id).toBe('second');
    const { items } = (await api().ask('GET', '/api/admin/audit?limit=200', { as: admin })).body;
    expect(items.map(({ action }: { action: string }) => action)).toContain('server.engine_accepted');
  });
});

function factsOf(fields: object) {
  return {
    engine_version: '29.0.0',
    api_version: '1.52',
    kernel_version: '6.8',
    operating_system: 'Debian',
    architecture: 'x86_64',
    cpus: 64,
    memory_mb: 65_536,
    sandbox_kernel: 'gVisor',
    quota: 'none',
    clock_skew_ms: 0,
    ...fields,
  };
}
