import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { providerStart } from '@podex/contracts/sign-in-methods';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GithubDouble, startGithubDouble } from '../doubles/oauth/github-double.ts';
import type { Person } from '../stack/person.ts';
import { findIn } from '../stack/secret-scan.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import {
  beginCommand,
  createRunningWorkspace,
  deleteWorkspace,
  runToEnd,
  writeText,
} from '../stack/workspace-actions.ts';

const MAKE_REMOTE = [
  'mkdir -p ~/served && cd ~/served && git init -q --bare -b main shop.git',
  'git -C shop.git config http.receivepack true',
  'git init -q -b main first && cd first && git config user.email a@b.c && git config user.name A',
  'echo one > a.txt && git add . && git commit -qm First && git push -q ../shop.git main && cd .. && rm -rf first',
].join(' && ');
/** While git fetches, and after. */
const LOOK = `
git -C ~/shop fetch --quiet &
while kill -0 $! 2>/dev/null; do
  cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | grep -aFf /dev/shm/wanted
done
env | grep -aFf /dev/shm/wanted
grep -rlaFf /dev/shm/wanted /home /tmp /run /etc 2>/dev/null
cat /dev/shm/wanted > ~/control && grep -laFf /dev/shm/wanted ~/control | grep -q control && rm ~/control && echo looked
`;

let github: GithubDouble;
let stack: Stack;
let person: Person;
let workspaceId: string;

/** GitHub’s sign-in is on this machine; its repositories are inside the workspace, at the same address. */
beforeAll(async () => {
  const email = 'octo@example.com';
  const emails = [{ email, primary: true, verified: true, visibility: null }];
  github = await startGithubDouble({ id: 7, login: 'octo', name: 'Octo', email: null, emails });
  stack = await startStack({
    dockerSocket: requireTestEngine(),
    apiEnvironment: {
      GITHUB_URL: github.baseUrl,
      GITHUB_CLIENT_ID: github.clientId,
      GITHUB_CLIENT_SECRET: github.clientSecret,
    },
  });
  person = await stack.signUp();
  workspaceId = await createRunningWorkspace(person, 'git');
  await runToEnd(person, workspaceId, MAKE_REMOTE);
});

afterAll(async () => {
  if (workspaceId) await deleteWorkspace(person, workspaceId);
  await stack?.stop();
  await github?.stop();
});

/** The person’s browser, which allows private repositories on the account page. */
async function allowRepositories(): Promise<void> {
  const jar = new Map<string, string>();
  const ask = async (url: string, body?: object): Promise<Response> => {
    const cookie = [...jar].map((pair) => pair.join('=')).join('; ');
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      redirect: 'manual',
      headers: { origin: stack.webUrl, cookie, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      jar.set(name, value);
    }
    return response;
  };
  const { email, password } = person;
  await ask(`${stack.apiUrl}/api/auth/sign-in/email`, { email, password });
  const page = { callbackURL: `${stack.webUrl}/account`, errorCallbackURL: `${stack.webUrl}/account` };
  const link = { provider: 'github', scopes: ['repo'], disableRedirect: true, ...page };
  const begun = await ask(`${stack.apiUrl}/api/auth/link-social`, link);
  const atGithub = await fetch(providerStart.parse(await begun.json()).url, { redirect: 'manual' });
  const back = await ask(atGithub.headers.get('location') ?? '');
  expect(back.headers.get('location')).toBe(`${stack.webUrl}/account`);
}

describe('private repositories of a GitHub account', { timeout: 120_000 }, () => {
  it('are cloned and pushed to, and GitHub’s token is nowhere in the workspace', async () => {
    await allowRepositories();
    const basic = Buffer.from(`x-access-token:${github.lastToken}`).toString('base64');
    const digest = createHash('sha256').update(`Basic ${basic}`).digest('hex');
    const { host, port } = new URL(github.baseUrl);
    const program = await readFile(path.join(import.meta.dirname, '../doubles/git/git-server.py'), 'utf8');
    await writeText(person, workspaceId, 'git-server.py', program);
    await beginCommand(person, workspaceId, `exec python3 git-server.py ~/served ${port} ${digest}`);
    const use = [
      `until (exec 3<>/dev/tcp/127.0.0.1/${port}) 2>/dev/null; do sleep 0.1; done`,
      `git clone -q http://${host}/shop.git 2>&1 && cd shop`,
      'git config user.email a@b.c && git config user.name A && echo two > a.txt && git commit -qam Second',
      'git push -q 2>&1; git -C ~/served/shop.git log --format=%s',
    ].join('\n');
    expect((await runToEnd(person, workspaceId, use)).output).toBe('Second\nFirst\n');
    const hex = Buffer.from(`${github.lastToken}\n${basic}\n`).toString('hex');
    await writeText(person, workspaceId, 'look.sh', LOOK);
    // Put together inside, so that the command that looks is not what it finds.
    const wanted = `python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex("${hex}"))' > /dev/shm/wanted`;
    const looked = await runToEnd(person, workspaceId, `${wanted}; bash look.sh; rm /dev/shm/wanted`);
    expect(looked.output).toBe('looked\n');
    expect(findIn(await stack.postgres.dump(), [github.lastToken, basic])).toEqual([]);
  });

  it('are closed once the person disconnects', async () => {
    const { data } = await person.client.DELETE('/api/me/github_access', {});
    expect(data).toEqual({ revoked: true });
    const fetched = await runToEnd(person, workspaceId, 'GIT_TERMINAL_PROMPT=0 git -C shop fetch 2>&1; true');
    expect(fetched.output).toContain('could not read Username');
  });
});
