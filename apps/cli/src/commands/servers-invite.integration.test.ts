import { beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../../services/api/testing/compute-worker.ts';
import { setUpPostgres } from '../../../../services/api/testing/set-up.ts';
import { setUpApiWithRows } from '../../../../services/api/testing/set-up-rows.ts';
import type { TestUser } from '../../../../services/api/testing/test-api.ts';
import { podexOf } from '../../testing/podex-of.ts';

const postgres = setUpPostgres();
const TOKEN = `pdxj_${'x'.repeat(43)}`;

const FACTS = {
  engine_version: '28.0.0',
  api_version: '1.48',
  kernel_version: '6.8.0',
  operating_system: 'Ubuntu 24.04',
  architecture: 'x86_64',
  cpus: 8,
  memory_mb: 16_384,
  sandbox_kernel: 'gVisor',
  quota: 'none',
  clock_skew_ms: 0,
};

describe('podex servers', () => {
  const { api, rows } = setUpApiWithRows(postgres);
  let admin: TestUser;
  beforeAll(async () => {
    admin = await api().signInAdmin();
  });

  const run = podexOf(api);
  const podex = (...words: string[]) => run(admin, 'servers', ...words);

  it('invites a server with one command, lists it and takes it back', async () => {
    expect((await podex('invitations')).stdout).toBe('no open invitations');
    const described = ['--label', 'disk=nvme', '--region', 'fsn1'];
    const invited = await podex('invite', 'ws-4', '--address', '10.0.1.7', ...described);
    expect([invited.exitCode, invited.stderr]).toEqual([0, '']);
    const [command, hint] = invited.stdout.split('\n');
    expect(command).toMatch(/^podex servers join --token pdxj_[\w-]{43} --url http:\/\/localhost:3000$/);
    expect(hint).toMatch(/^Run it as root on ws-4 \(10\.0\.1\.7\), once, before \d\d:\d\d UTC$/);
    const [id = ''] = (await podex('invitations')).stdout.split(' ');
    expect(JSON.parse((await podex('invitations', '--json')).stdout)).toEqual([
      expect.objectContaining({
        id,
        name: 'ws-4',
        hostname: '10.0.1.7',
        docker_port: 2376,
        labels: { disk: 'nvme' },
        region: 'fsn1',
      }),
    ]);
    expect((await podex('uninvite', id)).stdout).toBe(`${id} is revoked`);
    expect((await podex('invitations')).stdout).toBe('no open invitations');
  });

  it('says what is wrong with what was typed', async () => {
    const wrong = async (...words: string[]) => {
      const { exitCode, stderr } = await podex(...words);
      return [exitCode, stderr.split('\n')[0]];
    };
    expect(await wrong('invite', 'Ws 4', '--address', '10.0.1.7')).toEqual([
      2,
      'podex: name: lower-case letters, digits and dashes',
    ]);
    expect(await wrong('invite', 'ws-4', '--address', 'a b')).toEqual([
      2,
      expect.stringContaining('--address: '),
    ]);
    expect(await wrong('invite', 'ws-4', '--address', '10.0.1.7', '--label', 'x')).toEqual([
      2,
      'podex: --label x: write it as key=value',
    ]);
    expect(await wrong('invite', 'ws-4')).toEqual([2, expect.stringContaining('--address')]);
    expect(await wrong('uninvite', 'ws-4')).toEqual([2, 'podex: ws-4 is no id of a join token']);
  });

  it('renews a server that joined by itself, and waits until it shows its new certificate', async () => {
    const wrong = await podex('renew', 'nowhere');
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('nowhere')]);
    const id = await ComputeWorker.registerServer(api(), { name: 'ws-9' });
    const local = await podex('renew', 'ws-9');
    expect([local.exitCode, local.stderr]).toEqual([1, expect.stringContaining('beside compute')]);
    await rows(
      'update server set docker_socket = null, docker_port = 2376, enrolled_at = now() where id = $1',
      [id],
    );
    const ends = (date: string) => {
      const facts = {
        ...FACTS,
        live_restore: date < '2027',
        server_certificate_expires_at: `${date}T00:00:00Z`,
      };
      return rows('update server set facts = $2 where id = $1', [id, facts]);
    };
    await ends('2026-12-01');
    const waiting = podex('renew', 'ws-9', '--wait');
    const isAsked = new Promise<void>((resolve) => {
      waiting.stderr?.on('data', (chunk) => String(chunk).includes('Waiting for ws-9') && resolve());
    });
    await Promise.race([isAsked, waiting]);
    await ends('2027-12-01');
    const renewed = await waiting;
    expect([renewed.exitCode, renewed.stdout.split('\n')]).toEqual([
      0,
      [
        expect.stringMatching(/^podex servers join --token pdxj_\S+ --url \S+$/),
        expect.stringMatching(/^Run it as root on ws-9 \(localhost\), once, before \d\d:\d\d UTC$/),
        'It makes a new key there and restarts the Docker engine',
        'Workspaces go on running: live-restore is on',
        'ws-9 has a certificate until 2027-12-01',
      ],
    ]);
    const warned = await podex('renew', 'ws-9');
    expect(warned.stdout).toMatch(
      /\nThat ends what runs in its workspaces, .*because live-restore is off\. Turn/,
    );
    const interrupted = podex('renew', 'ws-9', '--wait', '--json');
    interrupted.stderr?.once('data', () => interrupted.kill('SIGINT'));
    const left = await interrupted;
    expect([left.exitCode, left.stderr]).toEqual([130, expect.stringContaining('stays good without you')]);
    expect(JSON.parse(left.stdout)).toMatchObject({ server_id: id });
  });

  it('joins with nothing that is no token, and with no Podex that others could stand in for', async () => {
    const join = async (...words: string[]) => {
      const { exitCode, stderr } = await podex('join', ...words);
      return [exitCode, stderr.split('\n')[0]];
    };
    expect(await join('--token', 'hello', '--url', api().baseUrl)).toEqual([
      2,
      'podex: This is no join token: it begins with pdxj_',
    ]);
    expect(await join('--token', TOKEN, '--url', 'http://podex.example.com')).toEqual([
      2,
      expect.stringContaining('http://podex.example.com is not https'),
    ]);
    expect(await join('--token', TOKEN, '--url', api().baseUrl, '--dry-run')).toEqual([
      1,
      expect.stringContaining('This join token cannot be used.'),
    ]);
  });
});
