import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../../services/api/testing/eventually.ts';
import { setUpApi } from '../../../../services/api/testing/set-up.ts';
import { PAGE_ORIGIN, type TestUser } from '../../../../services/api/testing/test-api.ts';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';

const MAIN = path.join(import.meta.dirname, '../main.ts');

describe('podex login', () => {
  const api = setUpApi();
  let home: string;
  beforeEach(async () => {
    home = temporaryFolder('login');
  });

  const start = (words: string[], options: { input?: string; env?: Record<string, string> } = {}) =>
    execa(process.execPath, [MAIN, ...words], {
      reject: false,
      extendEnv: false,
      ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
      env: {
        PATH: process.env.PATH,
        PODEX_HOME: home,
        XDG_CONFIG_HOME: home,
        PODEX_API_PORT: new URL(api().baseUrl).port,
        ...options.env,
      },
    });
  const podex = async (...words: string[]) => start(words);
  const file = () => path.join(home, 'podex', 'credentials.json');
  const stored = async () => JSON.parse(await readFile(file(), 'utf8'));
  const tokensOf = async (user: TestUser): Promise<{ id: string; name: string }[]> =>
    (await api().ask('GET', '/api/tokens', { as: user })).body.items;

  /** What the person does once the code is shown. */
  const decide = async (user: TestUser, running: ReturnType<typeof start>, decision: string) => {
    let shown = '';
    running.stdout?.on('data', (chunk) => {
      shown += String(chunk);
    });
    await eventually(() => /^Code {2}([A-Z]{4}-[A-Z]{4})$/m.exec(shown)?.[1]).toBeDefined();
    const code = /^Code {2}(\S+)$/m.exec(shown)?.[1];
    expect(shown).toContain(`Open  ${PAGE_ORIGIN}/device?user_code=${code}`);
    const decided = await api().ask('POST', `/api/device/requests/${code}`, {
      headers: { cookie: user.cookie, origin: PAGE_ORIGIN },
      body: { decision },
    });
    expect(decided.status).toBe(204);
  };
  const logIn = async (user: TestUser, ...words: string[]) => {
    const running = start(['login', ...words]);
    await decide(user, running, 'approve');
    const result = await running;
    expect([result.exitCode, result.stdout]).toEqual([0, expect.stringContaining(`as ${user.email}`)]);
  };

  it('gets a token that the person approved, keeps it for its user alone, and revokes it at the end', async () => {
    const user = await api().signUp();
    await logIn(user, '--url', api().baseUrl);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(file()))).mode & 0o777).toBe(0o700);
    const { token } = await stored();
    const who = await podex('whoami', '--json');
    expect(JSON.parse(who.stdout)).toMatchObject({
      url: api().baseUrl,
      via: 'login',
      user: { email: user.email },
    });
    expect((await tokensOf(user)).map(({ name }) => name)).toEqual([
      expect.stringMatching(/^podex on /),
      'test',
    ]);

    const out = await podex('logout');
    expect([out.exitCode, out.stdout]).toEqual([0, `Signed out of ${api().baseUrl}`]);
    const me = await api().ask('GET', '/api/me', { as: { ...user, token } });
    expect(me.status).toBe(401);
    await expect(stat(file())).rejects.toThrow('ENOENT');
    expect((await podex('logout')).stdout).toBe('You are not signed in');
  });

  it('leaves no token of an earlier login behind, and ends one that may only read', async () => {
    const user = await api().signUp();
    await logIn(user);
    await logIn(user, '--scope', 'read');
    expect(await tokensOf(user)).toHaveLength(2);
    expect((await podex('logout')).exitCode).toBe(0);
    expect(await tokensOf(user)).toHaveLength(1);
  });

  it('says that it was denied, and stores nothing', async () => {
    const user = await api().signUp();
    const running = start(['login']);
    await decide(user, running, 'deny');
    const { exitCode, stderr } = await running;
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('The sign-in was denied on the page')]);
    await expect(stat(file())).rejects.toThrow('ENOENT');
  });

  it('is cancelled by Ctrl-C', async () => {
    const running = start(['login']);
    let shown = '';
    running.stderr?.on('data', (chunk) => {
      shown += String(chunk);
    });
    await eventually(() => shown).toContain('Waiting');
    running.kill('SIGINT');
    const { exitCode, stderr } = await running;
    expect([exitCode, stderr]).toEqual([130, expect.stringContaining('The sign-in was cancelled')]);
  });

  it('takes a token from its input, and leaves it good at the end', async () => {
    const user = await api().signUp();
    const result = await start(['login', '--token', '-'], { input: `${user.token}\n` });
    expect([result.exitCode, result.stdout]).toEqual([0, expect.stringContaining(`as ${user.email}`)]);
    expect((await podex('logout')).stdout).toContain('stays good');
    expect((await api().ask('GET', '/api/me', { as: user })).status).toBe(200);
    const wrong = await start(['login', '--token', '-'], { input: `pdx_${'x'.repeat(43)}\n` });
    expect(wrong.exitCode).toBe(4);
    await expect(stat(file())).rejects.toThrow('ENOENT');
  });

  it('forgets the token and says so when api cannot be reached', async () => {
    const user = await api().signUp();
    await start(['login', '--token', '-'], { input: user.token });
    // Port 9 is nobody’s.
    const gone = { ...(await stored()), api_url: 'http://127.0.0.1:9', is_made_by_login: true };
    await writeFile(file(), JSON.stringify(gone));
    const out = await podex('logout');
    expect([out.exitCode, out.stderr]).toEqual([1, expect.stringContaining('it stays good')]);
    await expect(stat(file())).rejects.toThrow('ENOENT');
  });

  it('finds api by the address of the page', async () => {
    const user = await api().signUp();
    const settings = { apiUrl: null, wsUrl: null, apiPort: Number(new URL(api().baseUrl).port) };
    const page = createServer((request, response) => {
      if (request.url !== '/env.js') response.writeHead(404).end('<html>');
      else response.end(`window.__PODEX_ENV=${JSON.stringify(settings)};\nmore();`);
    });
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
      await start(['login', '--url', url, '--token', '-'], { input: user.token });
      expect(await stored()).toMatchObject({ url, api_url: api().baseUrl });
      expect((await podex('whoami', '--url', url)).stdout).toContain(user.email);
      const elsewhere = await podex('whoami', '--url', 'http://127.0.0.1:9');
      expect([elsewhere.exitCode, elsewhere.stderr]).toEqual([
        4,
        expect.stringContaining('podex login --url'),
      ]);
    } finally {
      page.close();
    }
  });

  it('serves other commands, until a variable says otherwise', async () => {
    const [user, other] = [await api().signUp(), await api().signUp()];
    await start(['login', '--token', '-'], { input: user.token });
    const refused = await podex('users', 'invitations');
    expect([refused.exitCode, refused.stderr]).toEqual([1, 'podex: This is for admins.']);
    const asOther = await start(['whoami'], { env: { PODEX_TOKEN: other.token } });
    expect(asOther.stdout).toContain(other.email);
    const admin = await api().signInAdmin();
    const invited = await start(['users', 'invitations'], { env: { PODEX_TOKEN: admin.token } });
    expect([invited.exitCode, invited.stdout]).toEqual([0, 'no open invitations']);
  });

  it('makes, lists and revokes tokens', async () => {
    const user = await api().signUp();
    await start(['login', '--token', '-'], { input: user.token });
    const made = await podex('tokens', 'create', 'ci', '--scope', 'read', '--expires-in-days', '7');
    const [secret = ''] = made.stdout.split('\n');
    expect([made.exitCode, secret]).toEqual([0, expect.stringMatching(/^pdx_[\w-]{43}$/)]);
    expect((await api().ask('GET', '/api/me', { as: { ...user, token: secret } })).status).toBe(200);
    const listed = JSON.parse((await podex('tokens', 'list', '--json')).stdout);
    expect(listed[0]).toMatchObject({ name: 'ci', scopes: ['read'] });
    expect((await podex('tokens', 'list')).stdout).toMatch(/^tok_\w+ {2}ci +read +until /);
    expect((await podex('tokens', 'revoke', listed[0].id)).exitCode).toBe(0);
    expect((await api().ask('GET', '/api/me', { as: { ...user, token: secret } })).status).toBe(401);
    expect((await podex('tokens', 'create', 'ci', '--scope', 'root')).exitCode).toBe(2);
    expect((await podex('tokens', 'revoke', 'x')).exitCode).toBe(2);
  });

  it('makes a team, fills it and takes it apart', async () => {
    const user = await api().signUp();
    const other = await api().signUp();
    await start(['login', '--token', '-'], { input: user.token });
    expect((await podex('teams', 'list')).stdout).toBe('no teams');
    const made = JSON.parse((await podex('teams', 'create', 'Web shop', '--json')).stdout);
    expect(made).toMatchObject({ name: 'Web shop', role: 'owner' });
    expect((await podex('teams', 'add', 'Web shop', other.email, '--role', 'viewer')).exitCode).toBe(0);
    expect((await podex('teams', 'role', 'Web shop', other.email, 'admin')).exitCode).toBe(0);
    expect((await podex('teams', 'members', made.id)).stdout).toContain(`${other.email}  admin`);
    const refused = await podex('teams', 'leave', 'Web shop');
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('A team needs an owner')]);
    expect((await podex('teams', 'role', 'Web shop', other.email, 'king')).exitCode).toBe(2);
    expect((await podex('teams', 'remove', 'Web shop', other.email)).exitCode).toBe(0);
    expect((await podex('teams', 'delete', 'Web shop')).exitCode).toBe(0);
    expect((await podex('teams', 'members', 'Web shop')).exitCode).toBe(2);
  });
});
