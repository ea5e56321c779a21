import { beforeAll, describe, expect, it } from 'vitest';
import { observeServer } from '../../../../services/api/testing/compute-worker.ts';
import { setUpApi } from '../../../../services/api/testing/set-up.ts';
import type { TestUser } from '../../../../services/api/testing/test-api.ts';
import { podexOf } from '../../testing/podex-of.ts';

const CERTS = '/etc/docker/certs';
const SIZES = ['--total-cpu', '16', '--total-memory-mb', '65536', '--total-disk-gb', '500'];
const TLS = ['--tls-ca-path', `${CERTS}/ca.pem`, '--tls-cert-path', `${CERTS}/cert.pem`];
const KEY = ['--tls-key-path', `${CERTS}/key.pem`];

describe('podex servers', () => {
  const api = setUpApi();
  let admin: TestUser;
  let ada: TestUser;
  beforeAll(async () => {
    admin = await api().signInAdmin();
    ada = await api().signUp('ada@example.com');
  });

  const run = podexOf(api);
  const podexAs = (user: TestUser, ...words: string[]) => run(user, 'servers', ...words);
  const podex = (...words: string[]) => podexAs(admin, ...words);
  const add = (name: string, hostname: string, ...more: string[]) =>
    podex('add', name, '--hostname', hostname, ...TLS, ...KEY, ...SIZES, '--no-check', ...more);
  const recordOf = async (name: string) => {
    const { items } = (await api().internal('GET', '/internal/servers')).body;
    return items.find((one: { name: string }) => one.name === name);
  };

  it('registers one with everything that the guide names, lists and shows it', async () => {
    const labels = ['--label', 'disk=nvme', '--label', 'gpu=', '--region', 'eu-1'];
    const added = await add('ws-1', '10.0.1.4', ...labels);
    expect([added.exitCode, added.stdout, added.stderr]).toEqual([0, 'ws-1 is registered', '']);
    const listed = await podex('list');
    expect(listed.stdout.split('\n')[0]).toMatch(/^NAME +STATUS +ADDRESS +WORKSPACES +CPU +MEMORY +DISK/);
    expect(listed.stdout).toMatch(
      /\nws-1 +pending +10\.0\.1\.4:2376 +0 +0 of 16 +0 of 64 GB +500 GB +eu-1 +disk=nvme,gpu=/,
    );
    const shown = await podex('show', 'ws-1');
    expect(shown.stdout).toMatch(/status +pending[\s\S]*not checked yet/);
    const json = JSON.parse((await podex('show', 'ws-1', '--json')).stdout);
    expect(json).toMatchObject({ tls_key_path: `${CERTS}/key.pem`, total_memory_mb: 65_536, region: 'eu-1' });
  });

  it('prints each line of a check as it is found, and ends with 1 for a server that is not fit', async () => {
    await add('ws-2', '10.0.1.5');
    const running = podex('check', 'ws-2');
    const lines: string[] = [];
    running.stdout?.on('data', (chunk) => lines.push(String(chunk)));
    await expect.poll(async () => (await recordOf('ws-2')).version, { timeout: 10_000 }).toBe(2);
    const { id } = await recordOf('ws-2');
    const engine = { name: 'engine', ok: true, detail: 'It responds.' };
    const clock = { name: 'clock', ok: true, warning: true, detail: 'It is 3 s ahead.' };
    await api().internal('POST', `/internal/servers/${id}/progress`, { version: 2, checks: [engine] });
    await expect.poll(() => lines.join(''), { timeout: 10_000 }).toMatch(/^ok +engine +It responds\.\n$/);
    const runtime = { name: 'runtime', ok: false, detail: 'No runsc. Install gVisor.' };
    await api().internal('POST', `/internal/servers/${id}/observe`, {
      version: 2,
      status: 'unfit',
      reason: runtime.detail,
      checks: [engine, clock, runtime],
      facts: null,
    });
    const { stdout, stderr, exitCode } = await running;
    expect(stdout.match(/engine/g)).toHaveLength(1);
    expect(stdout).toMatch(
      /\nwarning +clock +It is 3 s ahead\.\nFAILED +runtime +No runsc\. Install gVisor\.$/,
    );
    expect([exitCode, stderr]).toEqual([1, 'podex: ws-2 is unfit: No runsc. Install gVisor.']);
  });

  it('shows how far the pull of its image is, and then what the check found', async () => {
    await add('ws-5', '10.0.1.8');
    const { id } = await recordOf('ws-5');
    const observe = async (checks: object[], status = 'unfit') => {
      const servers = await api().internal('GET', '/internal/servers');
      const { version } = servers.body.items.find((item: { id: string }) => item.id === id);
      const reason = status === 'ready' ? null : 'Pulling';
      const seen = { worker_id: 'one', version, status, reason, checks, facts: null };
      expect((await api().internal('POST', `/internal/servers/${id}/observe`, seen)).status).toBe(200);
    };
    const engine = { name: 'engine', ok: true, detail: 'It responds.' };
    const pull = (percent: number | null) => ({
      name: 'image',
      ok: false,
      detail: 'Pulling x. Wait.',
      percent,
    });
    const noImage = { name: 'runtime', ok: false, detail: 'Not tried.' };
    const running = podex('check', 'ws-5');
    let said = '';
    const says = (words: string) =>
      new Promise<void>((resolve) => {
        running.stderr?.on('data', (chunk) => {
          said += chunk;
          if (said.includes(words)) resolve();
        });
      });
    const isPulling = says('Pulling the image on ws-5');
    await expect.poll(async () => (await recordOf('ws-5')).version, { timeout: 20_000 }).toBe(2);
    await observe([engine, pull(null), noImage]);
    await Promise.race([isPulling, running]);
    await observe([engine, pull(42), noImage]);
    const image = { name: 'image', ok: true, detail: 'x was pulled.' };
    await observe([engine, image, { name: 'runtime', ok: true, detail: 'gVisor.' }], 'ready');
    const { stdout, exitCode } = await running;
    expect(stdout).toMatch(
      /^ok +engine .*\nok +image +x was pulled\.\nok +runtime +gVisor\.\nws-5 is ready$/,
    );
    expect(exitCode).toBe(0);
  });

  it('changes, drains, activates and removes one', async () => {
    await add('ws-3', '10.0.1.6', '--label', 'old=1');
    const changed = await podex('update', 'ws-3', '--label', 'new=2', '--region', 'us-1', '--json');
    expect(JSON.parse(changed.stdout)).toMatchObject({ labels: { new: '2' }, region: 'us-1' });
    await podex('update', 'ws-3', '--region', '', '--label', '');
    expect(await recordOf('ws-3')).toMatchObject({ labels: {}, region: null, docker_port: 2376 });
    await observeServer(api(), (await recordOf('ws-3')).id, { status: 'ready' });
    expect((await podex('drain', 'ws-3')).stdout).toBe('ws-3 gets no new workspaces');
    expect((await recordOf('ws-3')).status).toBe('draining');
    await podex('activate', 'ws-3');
    expect((await recordOf('ws-3')).status).toBe('pending');
    expect((await podex('remove', 'ws-3')).stdout).toBe('ws-3 is removed');
    expect(await recordOf('ws-3')).toBeUndefined();
  });

  it('says what there is and what is taken', async () => {
    await add('ws-4', '10.0.1.7');
    const { stdout } = await podex('capacity');
    expect(stdout).toMatch(/\nws-4 +pending +0 +0 of 16 +0 of 64 GB +500 GB\n/);
    expect(stdout).toMatch(/\nall +\d of \d ready .*\n0 of at most 50 workspaces are running$/);
    expect(JSON.parse((await podex('capacity', '--json')).stdout)).toMatchObject({ workspaces: 0 });
  });

  it.each([
    [['add', 'ws-9', '--hostname', 'h'], 2, '--tls-ca-path is missing'],
    [['add', 'ws-9', '--hostname', 'h', ...TLS, ...KEY, ...SIZES, '--total-cpu', '0'], 2, '--total-cpu: '],
    [['add', 'ws-9', '--hostname', 'h', ...TLS, ...KEY, ...SIZES, '--total-cpu', 'many'], 2, '--total-cpu: '],
    [['add', '../x', '--hostname', 'h', ...TLS, ...KEY, ...SIZES], 2, 'name: '],
    [
      ['add', 'ws-9', '--hostname', 'h', ...TLS, ...KEY, ...SIZES, '--label', 'x'],
      2,
      'write it as key=value',
    ],
    [
      ['add', 'ws-1', '--hostname', 'h', ...TLS, ...KEY, ...SIZES],
      1,
      'There is a server called ws-1 already',
    ],
    [['add', 'ws-9', '--hostname', '10.0.1.4', ...TLS, ...KEY, ...SIZES], 1, 'has the address 10.0.1.4:2376'],
    [['update', 'ws-1'], 2, 'There is nothing to change'],
    [['show', 'nowhere'], 2, 'There is no server nowhere'],
  ])('says what is wrong with %j', async (words, code, message) => {
    const { exitCode, stderr } = await podex(...words);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(code);
  });

  it('is for admins', async () => {
    const refused = await podexAs(ada, 'list');
    expect(refused.exitCode).toBe(1);
    expect(refused.stdout).toBe('');
  });
});
