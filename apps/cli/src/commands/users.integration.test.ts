import path from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { setUpApi } from '../../../../services/api/testing/set-up.ts';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';

const MAIN = path.join(import.meta.dirname, '../main.ts');

describe('podex users', () => {
  const api = setUpApi();
  let home: string;
  beforeAll(async () => {
    home = temporaryFolder('cli');
  });

  const podex = (...words: string[]) =>
    execa(process.execPath, [MAIN, 'users', ...words], {
      reject: false,
      extendEnv: false,
      stdin: 'ignore',
      env: {
        PATH: process.env.PATH,
        PODEX_HOME: home,
        PODEX_API_PORT: new URL(api().baseUrl).port,
        INTERNAL_SERVICE_TOKEN: api().config.internalToken,
      },
    });

  it('lists, shows, suspends and restores by address or id', async () => {
    const user = await api().signUp();
    const listed = await podex('list');
    expect([listed.exitCode, listed.stderr]).toEqual([0, '']);
    expect(listed.stdout).toMatch(/^EMAIL +NAME +ROLE/);
    expect(listed.stdout).toContain(user.email);
    const suspended = await podex('suspend', user.email);
    expect(suspended.stdout).toContain('by admin@example.com');
    expect((await api().ask('GET', '/api/me', { as: user })).status).toBe(401);
    const found = await podex('list', '--status', 'suspended', '--json');
    expect(JSON.parse(found.stdout)).toMatchObject([{ id: user.id, status: 'suspended' }]);
    await podex('restore', user.id);
    expect((await api().ask('GET', '/api/me', { as: user })).status).toBe(200);
    const shown = await podex('show', user.email.toUpperCase(), '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({ id: user.id, status: 'active', tokens: 1 });
  });

  it('changes roles, signs out and makes links for new passwords', async () => {
    const user = await api().signUp();
    expect((await podex('role', user.email, 'admin')).stdout).toMatch(/^role +admin$/m);
    expect((await podex('role', user.email, 'owner')).exitCode).toBe(2);
    const out = await podex('sign-out', user.email, '--tokens');
    expect(out.stdout).toBe(`${user.email} is signed out everywhere, and their tokens are revoked.`);
    expect((await api().ask('GET', '/api/me', { as: user })).status).toBe(401);
    const link = await podex('reset-password', user.email);
    expect(link.stdout).toMatch(/^http:\/\/localhost:3000\/reset-password#token=[\w-]{43}\nGood once/);
  });

  it('deletes after saying what goes, and nobody without a yes', async () => {
    const [user, heir] = [await api().signUp(), await api().signUp()];
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'one' } });
    const asked = await podex('delete', user.email);
    expect([asked.exitCode, asked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    expect((await api().ask('GET', '/api/me', { as: user })).status).toBe(200);
    const deleted = await podex('delete', user.email, '--transfer-to', heir.email, '--yes');
    expect([deleted.stdout, deleted.stderr]).toEqual([`${user.email} is deleted.`, '']);
    const moved = await api().ask('GET', `/api/workspaces/${made.body.id}`, { as: heir });
    expect(moved.body.owner_id).toBe(heir.id);
    const again = await podex('delete', user.email, '--yes');
    expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining('there is no user')]);
  });

  it('says what api refuses', async () => {
    const refused = await podex('suspend', 'admin@example.com');
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      expect.stringContaining("can't suspend yourself"),
    ]);
  });
});
