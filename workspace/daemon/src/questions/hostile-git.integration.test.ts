import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { type GitAnswer, questions } from '@podex/contracts/internal/git-credentials';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot, type RunningTestDaemon, startTestDaemon } from '../testing/test-daemon.ts';

const run = promisify(execFile);
const TOKEN = 'ghp_planted-8c7dd922ad47494f';
const HELPER_PATH = path.resolve(import.meta.dirname, 'git-credential.ts');

let daemon: RunningTestDaemon;
beforeAll(async () => {
  daemon = await startTestDaemon();
});
afterAll(() => daemon[Symbol.asyncDispose]());

/** What a program said that was run as the workspace’s user, however it ended. */
async function say(program: string, args: readonly string[], input: string): Promise<string> {
  const { folders } = daemon;
  const { uid, gid } = folders.user;
  const started = run(program, args, {
    ...(isRoot ? { uid, gid } : {}),
    cwd: folders.homePath,
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: folders.homePath,
      GIT_CONFIG_SYSTEM: path.join(folders.root, 'run-git', 'gitconfig'),
      GIT_TERMINAL_PROMPT: '0',
    },
  });
  started.child.stdin?.end(input);
  const { stdout, stderr } = await started.catch((error) => error);
  return `${stdout}${stderr}`;
}

const fill = (url: string) => say('git', ['credential', 'fill'], `url=${url}\n\n`);

/** As compute and api: the token for github.com, to others nothing. @returns the hosts that were asked for, in order. */
async function answerUntil(over: Promise<unknown>, atLeast = 0): Promise<string[]> {
  let isOver = false;
  const ended = over.then(() => {
    isOver = true;
  });
  const hosts: string[] = [];
  while (!isOver) {
    const { items } = (await daemon.client.send('GET', '/questions?wait_ms=50')).json(questions);
    if (items.length < atLeast) continue;
    for (const { id, question } of items.toReversed()) {
      const host = 'host' in question ? question.host : '';
      hosts.push(host);
      const answer: GitAnswer =
        host === 'github.com' ? { kind: 'given', username: 'octo', password: TOKEN } : { kind: 'none' };
      await daemon.client.send('POST', `/questions/${id}`, { json: answer });
    }
    atLeast = 0;
  }
  await ended;
  return hosts;
}

describe('a git that is led astray', () => {
  it.each([
    ['a name in front', 'https://github.com@evil.example/x'],
    ['a name and a password in front', 'https://github.com:x@evil.example/x'],
    ['a line end', 'https://evil.example%0ahost=github.com/x'],
    ['a carriage return', 'https://evil.example%0dhost=github.com/x'],
    ['an end of text', 'https://github.com%00.evil.example/x'],
    ['a fragment', 'https://evil.example#@github.com/x'],
    ['a query', 'https://evil.example?@github.com/x'],
    ['a longer name', 'https://github.com.evil.example/x'],
    ['a path', 'https://evil.example/github.com/x'],
    ['a port', 'https://github.com:8443/x'],
  ])('to another host by %s is not given the credential of github.com', async (_what, url) => {
    const filled = fill(url);
    expect(await answerUntil(filled)).not.toContain('github.com');
    expect(await filled).not.toContain(TOKEN);
    const own = fill('https://github.com/x');
    expect(await answerUntil(own)).toEqual(['github.com']);
    expect(await own).toContain(TOKEN);
  });

  it('is given the answer to its own question, whichever comes first', async () => {
    const [theirs, own] = [fill('https://evil.example/x'), fill('https://github.com/x')];
    await answerUntil(Promise.all([theirs, own]), 2);
    expect(await theirs).not.toContain(TOKEN);
    expect(await own).toContain(`password=${TOKEN}`);
  });

  it.each(['evil.example\rhost=github.com', 'github.com\0.evil.example', ''])(
    'gets no answer for the host %j, whatever its version lets through',
    async (host) => {
      const helper = [HELPER_PATH, path.join(daemon.folders.root, 'run-git', 'ask.sock'), 'get'];
      const said = say(process.execPath, helper, `protocol=https\nhost=${host}\n\n`);
      expect(await answerUntil(said)).toEqual([]);
      expect(await said).toMatch(/^podex: /);
    },
  );
});
