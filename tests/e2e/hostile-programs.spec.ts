import { newId } from '@podex/contracts/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../stack/person.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace, runToEnd } from '../stack/workspace-actions.ts';

const PROGRAMS = ['git', 'bash', 'rg', 'node', 'ssh', 'sshd', 'env', 'id', 'ps'];
/** Each says who runs it, and goes on as the program that it stands for. */
const REPLACE = `
set -e
mkdir -p ~/.local/bin /tmp/ran && chmod 777 /tmp/ran
for name in ${PROGRAMS.join(' ')}; do
  cat > ~/.local/bin/$name <<END
#!/bin/sh
/usr/bin/touch /tmp/ran/$name-\\$(/usr/bin/id -u)
exec \\$(PATH=/usr/bin:/bin:/usr/sbin:/sbin command -v $name) "\\$@"
END
  chmod 755 ~/.local/bin/$name
done
sudo -n cp ~/.local/bin/* /usr/local/bin/ 2>/dev/null || true
`;

let stack: Stack;
let person: Person;
let workspaceId: string;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine() });
  person = await stack.signUp();
  workspaceId = await createRunningWorkspace(person, 'hostile');
});

afterAll(async () => {
  if (workspaceId) await deleteWorkspace(person, workspaceId);
  await stack?.stop();
});

describe('programs that somebody put in the way', { timeout: 120_000 }, () => {
  it('are never run as root by the daemon', async () => {
    const path = { workspace_id: workspaceId };
    await runToEnd(person, workspaceId, 'git init -q shop && echo one > shop/a.txt');
    const replaced = await runToEnd(person, workspaceId, REPLACE);
    expect(replaced.exit_code).toBe(0);
    await runToEnd(person, workspaceId, 'git -C shop status && rg one shop && node --version');
    await person.client.GET('/api/workspaces/{workspace_id}/git/status', {
      params: { path, query: { path: 'shop' } },
    });
    await person.client.GET('/api/workspaces/{workspace_id}/search', {
      params: { path, query: { q: 'one' } },
    });
    await person.client.POST('/api/workspaces/{workspace_id}/terminals', { params: { path }, body: {} });
    await person.client.POST('/api/workspaces/{workspace_id}/git/fetch', {
      params: { path, query: { wait_ms: 30_000 } },
      body: { path: 'shop', command_id: newId('command') },
    });
    await person.client.POST('/api/workspaces/{workspace_id}/checkpoints', {
      params: { path },
      body: { path: 'shop' },
    });
    const { output } = await runToEnd(person, workspaceId, 'ls /tmp/ran');
    const ran = output.trim().split(/\s+/);
    expect(ran).toContain('git-1000');
    expect(ran.filter((name) => name.endsWith('-0'))).toEqual([]);
  });

  it('get no credential for another host by asking as git does', async () => {
    await person.client.PUT('/api/git_credentials/{git_host}', {
      params: { path: { git_host: 'git.example.com' } },
      body: { token: 'planted-token' },
    });
    const ask = (host: string) =>
      runToEnd(
        person,
        workspaceId,
        `printf 'protocol=https\\nhost=${host}\\n\\n' | GIT_TERMINAL_PROMPT=0 git credential fill 2>&1; true`,
      );
    expect((await ask('git.example.com')).output).toContain('password=planted-token');
    for (const host of ['evil.example', 'git.example.com.evil.example', 'git.example.com:444'])
      expect((await ask(host)).output).not.toContain('planted-token');
  });
});
