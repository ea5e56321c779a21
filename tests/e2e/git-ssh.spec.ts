import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../stack/person.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { beginCommand, deleteWorkspace, runToEnd, writeText } from '../stack/workspace-actions.ts';

const PORT = 2222;
const HOST = `127.0.0.1:${PORT}`;
const ADDRESS = `ssh://dev@${HOST}/home/dev/served/shop.git`;
const MAKE_REMOTE = [
  'mkdir -p ~/served && cd ~/served && git init -q --bare -b main shop.git',
  'git init -q -b main first && cd first && git config user.email a@b.c && git config user.name A',
  'echo one > a.txt && git add . && git commit -qm First && git push -q ../shop.git main && cd .. && rm -rf first',
  'mkdir -p ~/host && ssh-keygen -q -t ed25519 -N "" -f ~/host/key && ssh-keygen -q -t ed25519 -N "" -f ~/host/other',
].join(' && ');
const SETTINGS = `
Port ${PORT}
ListenAddress 127.0.0.1
AuthorizedKeysFile /home/dev/host/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
PidFile none
`;

let stack: Stack;
let person: Person;
let workspaceId: string;

/** The host of the repository is inside the workspace itself, as a test machine has no other. */
beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine() });
  person = await stack.signUp();
  const { data } = await person.client.POST('/api/workspaces', {
    params: { query: { wait_ms: 60_000 } },
    body: { name: 'git', size: 'small' },
  });
  workspaceId = data?.id ?? '';
  await runToEnd(person, workspaceId, MAKE_REMOTE);
  await writeText(person, workspaceId, 'host/sshd_config', SETTINGS);
});

afterAll(async () => {
  if (workspaceId) await deleteWorkspace(person, workspaceId);
  await stack?.stop();
});

async function startHost(key: 'key' | 'other'): Promise<void> {
  const stop = `pkill -f '[s]shd_config' ; while (exec 3<>/dev/tcp/127.0.0.1/${PORT}) 2>/dev/null; do sleep 0.1; done`;
  await runToEnd(person, workspaceId, `${stop}; true`);
  const server = `exec /usr/sbin/sshd -D -e -f ~/host/sshd_config -h ~/host/${key}`;
  await beginCommand(person, workspaceId, server);
  await runToEnd(
    person,
    workspaceId,
    `until (exec 3<>/dev/tcp/127.0.0.1/${PORT}) 2>/dev/null; do sleep 0.1; done`,
  );
}

const run = async (command: string) => (await runToEnd(person, workspaceId, command)).output;

async function firstKey() {
  const { data } = await person.client.GET('/api/me/git_ssh_keys', {});
  const [key] = data?.items ?? [];
  if (key === undefined) throw new Error('there is no key');
  return key;
}

describe('git over SSH in a workspace', { timeout: 120_000 }, () => {
  it('asks the person to accept the host before anything is read from it, and then clones and pushes', async () => {
    const { data: made } = await person.client.POST('/api/me/git_ssh_keys', { body: { host: HOST } });
    await writeText(person, workspaceId, 'host/authorized', `${made?.public_key}\n`);
    await startHost('key');
    const first = await run(`git clone ${ADDRESS} 2>&1; ls -d shop 2>&1`);
    expect(first).toContain('You have not accepted the key of 127.0.0.1:2222 yet');
    expect(first).toContain('cannot access');
    const offered = await firstKey();
    const ofHost = await run('ssh-keygen -lf ~/host/key.pub');
    expect(ofHost).toContain(offered.offered_host_key?.fingerprint);
    await person.client.PUT('/api/me/git_ssh_keys/{git_ssh_key_id}/host_key', {
      params: { path: { git_ssh_key_id: offered.id } },
      body: { fingerprint: offered.offered_host_key?.fingerprint ?? '' },
    });
    expect(await run(`git clone -q ${ADDRESS} 2>&1 && cat shop/a.txt`)).toBe('one\n');
    const push = [
      'cd shop && git config user.email a@b.c && git config user.name A',
      'echo two > a.txt && git commit -qam Second && git push -q 2>&1 && git -C ../served/shop.git log --format=%s',
    ].join(' && ');
    expect(await run(push)).toBe('Second\nFirst\n');
  });

  it('has no private key and no agent in the workspace, and cleans up behind itself', async () => {
    const look = [
      'grep -rlaE "PRIVATE KEY" /home /tmp /run 2>/dev/null | grep -v "^/home/dev/host/"',
      // What is found is the key of the host alone, or the search would prove nothing.
      'grep -rlaE "PRIVATE KEY" /home 2>/dev/null | sort | head -1',
      'ls -d /tmp/podex-ssh-* 2>/dev/null',
      'env | grep -i SSH_AUTH',
      'grep -v "url = " shop/.git/config | grep -iE "ssh|key"',
      'echo looked',
    ].join('; ');
    expect((await run(look)).trim()).toBe('/home/dev/host/key\nlooked');
  });

  it('refuses a host whose key has changed, with cause and cure', async () => {
    await startHost('other');
    const changed = await run('git -C shop fetch 2>&1; echo ended');
    expect(changed).toContain('podex: 127.0.0.1:2222 shows another key than the one that you accepted.');
    expect(changed).toContain('forget the accepted one at Account → Git credentials');
    expect(await run('git -C shop log --format=%s')).toBe('Second\nFirst\n');
  });

  it('says so when the port cannot be reached, and uses plain ssh where there is no key', async () => {
    await runToEnd(person, workspaceId, "pkill -f '[s]shd_config'; sleep 0.5; true");
    const closed = await run('git -C shop fetch 2>&1; true');
    expect(closed).toContain('podex: 127.0.0.1:2222 cannot be reached by SSH. The network rules');
    const other = await run('git ls-remote ssh://dev@127.0.0.1:2223/x.git 2>&1; true');
    expect(other).toContain('Connection refused');
    expect(other).not.toContain('podex:');
  });
});
