import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { type GitAnswer, questions } from '@podex/contracts/internal/git-credentials';
import { describe, expect, it } from 'vitest';
import { isRoot, type RunningTestDaemon, startTestDaemon } from '../testing/test-daemon.ts';
import { UnixClient } from '../testing/unix-client.ts';

const run = promisify(execFile);
const TOKEN = 'ghp_planted-d41d8cd98f00b204';

/** git’s own way to a credential, as the workspace’s user. */
function fillCredential({ folders }: RunningTestDaemon, host: string) {
  const { uid, gid } = folders.user;
  const child = run('git', ['credential', 'fill'], {
    ...(isRoot ? { uid, gid } : {}),
    cwd: folders.homePath,
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: folders.homePath,
      GIT_CONFIG_SYSTEM: path.join(folders.root, 'run-git', 'gitconfig'),
      GIT_TERMINAL_PROMPT: '0',
    },
  });
  child.child.stdin?.end(`protocol=https\nhost=${host}\npath=owner/shop.git\n\n`);
  return child;
}

/** As compute does. */
async function answerNext({ client }: RunningTestDaemon, answer: GitAnswer) {
  const { items } = (await client.send('GET', '/questions?wait_ms=20000')).json(questions);
  const [first] = items;
  expect((await client.send('POST', `/questions/${first?.id}`, { json: answer })).status).toBe(204);
  return first?.question;
}

describe('questions', () => {
  it('carry what git asks out, on a socket of the user’s, and the answer to git, which alone has it', async () => {
    await using daemon = await startTestDaemon();
    const folder = await stat(path.join(daemon.folders.root, 'run-git'));
    const socket = await stat(path.join(daemon.folders.root, 'run-git', 'ask.sock'));
    expect([folder.mode & 0o777, folder.uid]).toEqual([0o755, process.getuid?.()]);
    expect([socket.mode & 0o777, socket.uid]).toEqual([0o600, daemon.folders.user.uid]);
    const filled = fillCredential(daemon, 'github.com');
    const question = await answerNext(daemon, { kind: 'given', username: 'octo', password: TOKEN });
    expect(question).toEqual({ protocol: 'https', host: 'github.com' });
    expect((await filled).stdout).toContain(`username=octo\npassword=${TOKEN}\n`);
    const found = await run('grep', ['-rl', TOKEN, daemon.folders.root]).catch(({ stdout }) => ({ stdout }));
    expect(found.stdout).toBe('');
  });

  it('show the person at git why there is no answer, and let git go on where nothing is stored', async () => {
    await using daemon = await startTestDaemon();
    const refused = fillCredential(daemon, 'github.com').catch((error) => error);
    await answerNext(daemon, { kind: 'refused', reason: 'Others get in.' });
    expect((await refused).stderr).toContain('podex: Others get in.');
    const none = fillCredential(daemon, 'git.example.com').catch((error) => error);
    await answerNext(daemon, { kind: 'none' });
    expect((await none).stderr).toMatch(/^fatal: could not read Username/);
  });

  it('wait for a bounded time, and in a bounded number', async () => {
    await using daemon = await startTestDaemon({ questionMs: 300 });
    const late = await fillCredential(daemon, 'github.com').catch((error) => error);
    expect(late.stderr).toContain('podex: Podex gave no answer in time');
    const asks = new UnixClient(path.join(daemon.folders.root, 'run-git', 'ask.sock'));
    const ask = (json: object) => asks.send('POST', '/git_credential', { json });
    const all = await Promise.all(
      Array.from({ length: 40 }, () => ask({ protocol: 'https', host: 'a.example' })),
    );
    expect(all.filter(({ status }) => status === 429)).toHaveLength(8);
    expect((await ask({ protocol: 'https', host: 'a\nhost=b' })).status).toBe(400);
    expect((await ask({ protocol: 'https', host: 'a'.repeat(20_000) })).status).toBe(413);
    for (const own of ['/settings', '/questions?wait_ms=0', '/health', '/files?path=.'])
      expect((await asks.send('GET', own)).status).toBe(404);
  });
});
