import { beforeAll, describe, expect, it } from 'vitest';
import { setUpApi } from '../../../../services/api/testing/set-up.ts';
import type { TestUser } from '../../../../services/api/testing/test-api.ts';
import { podexOf } from '../../testing/podex-of.ts';

const TOKEN = `pdxj_${'x'.repeat(43)}`;

describe('podex servers', () => {
  const api = setUpApi();
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
