import path from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { setUpApi, setUpPostgres } from '../../../../services/api/testing/set-up.ts';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';

const MAIN = path.join(import.meta.dirname, '../main.ts');
const VALUE = 'typed-value-5f2c';

describe('podex secrets', () => {
  const api = setUpApi(() => ({}), setUpPostgres());
  let home: string;
  beforeAll(async () => {
    home = temporaryFolder('cli');
  });

  const podex = (words: string[], input = '') =>
    execa(process.execPath, [MAIN, 'secrets', ...words], {
      reject: false,
      extendEnv: false,
      input,
      env: {
        PATH: process.env.PATH,
        PODEX_HOME: home,
        PODEX_API_PORT: new URL(api().baseUrl).port,
        INTERNAL_SERVICE_TOKEN: api().config.internalToken,
      },
    });

  it('sets from standard input, lists names alone, deletes', async () => {
    const made = await podex(['set', 'NPM_TOKEN'], `${VALUE}\n`);
    expect([made.exitCode, made.stderr]).toEqual([0, '']);
    const listed = await podex(['list', '--json']);
    expect(JSON.parse(listed.stdout)).toEqual([expect.objectContaining({ name: 'NPM_TOKEN' })]);
    const table = await podex(['list']);
    expect(table.stdout).toMatch(/^NPM_TOKEN {2}set /);
    for (const { stdout, stderr } of [made, listed, table]) expect(stdout + stderr).not.toContain(VALUE);
    expect((await podex(['delete', 'NPM_TOKEN'])).exitCode).toBe(0);
    expect((await podex(['list'])).stdout).toBe('no secrets');
  });

  it('sets, lists and deletes those of a team, apart from one’s own', async () => {
    const as = await api().signInAdmin();
    const { id } = (await api().ask('POST', '/api/teams', { as, body: { name: 'A team' } })).body;
    const made = await podex(['set', 'TEAM_TOKEN', '--team', id], `${VALUE}\n`);
    expect([made.exitCode, made.stderr]).toEqual([0, '']);
    const listed = await podex(['list', '--team', id, '--json']);
    expect(JSON.parse(listed.stdout)).toEqual([expect.objectContaining({ name: 'TEAM_TOKEN' })]);
    for (const { stdout, stderr } of [made, listed]) expect(stdout + stderr).not.toContain(VALUE);
    expect((await podex(['list'])).stdout).toBe('no secrets');
    expect((await podex(['delete', 'TEAM_TOKEN'])).exitCode).toBe(1);
    expect((await podex(['delete', 'TEAM_TOKEN', '--team', id])).exitCode).toBe(0);
    expect((await podex(['list', '--team', id])).stdout).toBe('no secrets');

    const both = await podex(['list', '--team', id, '--workspace', 'ws_01k9x3v7m4q8r2t6w0y5z1a3b7']);
    expect([both.exitCode, both.stderr]).toEqual([2, expect.stringContaining('give one of')]);
    const missing = await podex(['set', 'X', '--team', 'team_01k9x3v7m4q8r2t6w0y5z1a3b7'], VALUE);
    expect([missing.exitCode, missing.stderr]).toEqual([1, expect.stringContaining('no such team')]);
  });

  it('takes no value from the command line, and no bad name', async () => {
    expect((await podex(['set', 'NPM_TOKEN', VALUE])).exitCode).toBe(2);
    const refused = await podex(['set', 'PATH'], VALUE);
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('PATH: is reserved')]);
    const missing = await podex(['list', '--workspace', 'ws_01k9x3v7m4q8r2t6w0y5z1a3b7']);
    expect([missing.exitCode, missing.stderr]).toEqual([1, expect.stringContaining('no such workspace')]);
  });

  it('rotates, and makes a new key only where podex up keeps one', async () => {
    await podex(['set', 'A'], VALUE);
    const rotated = await podex(['rotate']);
    expect([rotated.exitCode, rotated.stdout]).toEqual([0, '0 secrets were brought under the current key.']);
    const renewed = await podex(['rotate', '--new-key']);
    expect([renewed.exitCode, renewed.stderr]).toEqual([3, expect.stringContaining('has not been started')]);
  });
});
