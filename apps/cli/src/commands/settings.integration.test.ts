import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { setUpApi, setUpPostgres } from '../../../../services/api/testing/set-up.ts';
import { TestApi } from '../../../../services/api/testing/test-api.ts';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';

const MAIN = path.join(import.meta.dirname, '../main.ts');

describe('the commands of an administrator', () => {
  const postgres = setUpPostgres();
  const api = setUpApi(() => ({}), postgres);
  let home: string;
  beforeAll(async () => {
    home = temporaryFolder('cli');
  });

  const podex = (...words: string[]) => podexIn(home, api(), ...words);
  const podexIn = (folder: string, at: TestApi, ...words: string[]) =>
    execa(process.execPath, [MAIN, ...words], {
      reject: false,
      extendEnv: false,
      env: {
        PATH: process.env.PATH,
        PODEX_HOME: folder,
        XDG_CONFIG_HOME: folder,
        PODEX_API_PORT: new URL(at.baseUrl).port,
        INTERNAL_SERVICE_TOKEN: at.config.internalToken,
      },
    });

  it('show and change settings', async () => {
    const set = await podex('settings', 'set', 'allowed_images', 'debian:12,ghcr.io/acme/*');
    expect([set.exitCode, set.stdout, set.stderr]).toEqual([
      0,
      'allowed_images is debian:12,ghcr.io/acme/* now',
      '',
    ]);
    const shown = await podex('settings', '--json');
    expect(JSON.parse(shown.stdout).values.allowed_images).toEqual(['debian:12', 'ghcr.io/acme/*']);
    const table = await podex('settings');
    expect(table.stdout).toContain('debian:12,ghcr.io/acme/*  (set by admin@example.com)');
    const refused = await podex('settings', 'set', 'registration', 'anyone');
    expect([refused.exitCode, refused.stderr]).toEqual([
      2,
      expect.stringContaining('registration cannot be anyone'),
    ]);
  });

  it('list, export and verify the audit log', async () => {
    await podex('settings', 'set', 'audit_retention_days', '400');
    const listed = await podex('audit', 'list', '--action', 'setting', '--limit', '1');
    expect([listed.exitCode, listed.stderr]).toEqual([0, '']);
    expect(listed.stdout).toMatch(/setting\.changed +succeeded +admin@example\.com +audit_retention_days/);
    const json = JSON.parse((await podex('audit', 'list', '--limit', '2', '--json')).stdout);
    expect(json.items).toHaveLength(2);
    const exported = await podex('audit', 'export', '--action', 'setting.changed', '--format', 'csv');
    expect(exported.stdout.split('\n')[0]).toContain('seq,at,action');
    expect(exported.stdout).toContain('"audit_retention_days"');

    const verified = await podex('audit', 'verify');
    expect([verified.exitCode, verified.stdout]).toEqual([
      0,
      expect.stringContaining('The audit log is intact'),
    ]);
    const [, seq = '', hash = ''] = /--seq (\d+) --hash ([0-9a-f]{64})/.exec(verified.stdout) ?? [];
    expect((await podex('audit', 'verify', '--seq', seq, '--hash', hash)).exitCode).toBe(0);
    const rewritten = await podex('audit', 'verify', '--seq', seq, '--hash', '0'.repeat(64));
    expect([rewritten.exitCode, rewritten.stderr]).toEqual([1, expect.stringContaining(`Entry ${seq}`)]);
    const wrong = await podex('audit', 'list', '--result', 'good');
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('result')]);
  });

  it('invite a person and list who is invited', async () => {
    const invited = await podex('users', 'invite', 'guest@example.com', '--role', 'admin', '--days', '2');
    expect(invited.stderr).toBe('');
    expect(invited.stdout).toMatch(/^http:\/\/localhost:3000\/invitation#token=pdxi_[\w-]{43}\n/);
    const listed = await podex('users', 'invitations');
    expect(listed.stdout).toMatch(/^guest@example\.com {2}admin {2}until /);
    const refused = await podex('users', 'invite', 'not-an-address');
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('email')]);
  });

  it('reach an api that answers to the public name alone', async () => {
    const variables = { FRONTEND_URL: 'https://podex.example.com', API_HOSTS: '' };
    const at = await TestApi.start({ databaseUrl: await postgres().createDatabase(), variables });
    try {
      expect((await at.ask('GET', '/api/registration')).status).toBe(421);
      const shown = await podexIn(temporaryFolder('cli'), at, 'settings', '--json');
      expect([shown.exitCode, shown.stderr]).toEqual([0, '']);
    } finally {
      await at.stop();
    }
  });

  describe('share one token', () => {
    const kept = () => path.join(home, 'admin-token.json');
    const listTokens = async () => {
      const as = await api().signInAdmin();
      const { items } = (await api().ask('GET', '/api/tokens?limit=100', { as })).body;
      return items.filter(({ name }: { name: string }) => name === 'podex admin token');
    };
    const listSettings = async () => {
      const { exitCode, stderr } = await podex('settings', '--json');
      expect([exitCode, stderr]).toEqual([0, '']);
    };

    it('that only its owner can read, and that is replaced when api refuses it', async () => {
      await listSettings();
      expect(statSync(kept()).mode & 0o777).toBe(0o600);
      const [token, ...others] = await listTokens();
      expect(others).toEqual([]);
      await listSettings();
      expect(await listTokens()).toMatchObject([{ id: token.id }]);

      const as = await api().signInAdmin();
      expect((await api().ask('DELETE', `/api/tokens/${token.id}`, { as })).status).toBe(204);
      await listSettings();
      const renewed = await listTokens();
      expect(renewed).toHaveLength(1);
      expect(renewed[0].id).not.toBe(token.id);
    });

    it('and leave none behind where it cannot be kept', async () => {
      const before = await listTokens();
      const missing = path.join(home, 'missing');
      const { exitCode, stderr } = await podexIn(missing, api(), 'settings', '--json');
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(await listTokens()).toEqual(before);
      expect(existsSync(missing)).toBe(false);
    });
  });
});
