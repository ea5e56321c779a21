import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { refusal } from '../testing/files-client.ts';
import { readSearch, streamSearch } from '../testing/search-client.ts';
import { type RunningTestDaemon, startTestDaemon, TestFolders, until } from '../testing/test-daemon.ts';
import { searchWithRipgrep } from './ripgrep-search.ts';
import type { SearchMatch } from './search-request.ts';
import { SkippedPlaces } from './skipped-places.ts';

const MATCH = JSON.stringify({
  type: 'match',
  data: {
    path: { text: '/home/dev/a' },
    lines: { text: 'needle\n' },
    line_number: 1,
    absolute_offset: 0,
    submatches: [{ match: { text: 'needle' }, start: 0, end: 6 }],
  },
});

let folders: TestFolders;
let daemon: RunningTestDaemon;
/** What the user put where ripgrep is looked for. */
let program: string;
let pidFile: string;

beforeAll(async () => {
  folders = await TestFolders.create();
  program = path.join(folders.homePath, 'rg');
  pidFile = path.join(folders.root, 'pid');
  await writeFile(pidFile, '');
  await chmod(pidFile, 0o666);
  await mkdir(folders.homePath, { recursive: true });
  vi.stubEnv('PATH', folders.homePath);
  daemon = await startTestDaemon();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await daemon[Symbol.asyncDispose]();
  await folders[Symbol.asyncDispose]();
});

async function replaceRipgrep(script: string): Promise<void> {
  await writeFile(program, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
  await chmod(program, 0o755);
}

const search = () => daemon.client.send('GET', '/search?q=needle&limit=50');

async function isGone(): Promise<boolean> {
  const pid = Number(await readFile(pidFile, 'utf8'));
  if (pid === 0) return false;
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return state === undefined || state.includes(') Z ');
}

describe('a program in the place of ripgrep', () => {
  it.each([
    ['says something else', 'echo hello'],
    ['says JSON of another shape', `echo '{"type":"match","data":7}'`],
    ['never ends its line', `yes '{"type":1,' | tr -d '\\n'`],
    ['opens brackets without end', `yes '[' | tr -d '\\n'`],
    [
      'says one string without end',
      `printf '{"type":"'; yes abc | tr -d '\\n' | head -c 30000000; echo '"}'`,
    ],
  ])('that %s is named as what is wrong', async (_what, script) => {
    await replaceRipgrep(`echo $$ > ${pidFile}\n${script}`);
    expect(refusal(await search())).toEqual([409, 'conflict']);
    await until(isGone);
    expect((await daemon.client.send('GET', '/files?path=.')).status).toBe(200);
  });

  it('that finds without end is ended at the limit', async () => {
    await replaceRipgrep(`echo $$ > ${pidFile}\nyes '${MATCH}'`);
    const response = await search();
    expect(JSON.parse(response.body.toString())).toMatchObject({ truncated: true });
    await until(isGone);
    expect(await isGone()).toBe(true);
  });

  it('is ended with all that it started when the reader breaks off', async () => {
    await replaceRipgrep(`printf '%s\\n' '${MATCH}'\nsleep 1000 &\necho $! > ${pidFile}\nwait`);
    for await (const event of streamSearch(daemon.client, { q: 'needle' })) {
      expect(event).toMatchObject({ type: 'match' });
      break;
    }
    await until(isGone);
    expect(await isGone()).toBe(true);
  });

  it('that breaks off in the middle leaves what was found, and the error after it', async () => {
    await replaceRipgrep(`printf '%s\\n' '${MATCH}'\nsleep 0.2\necho oops`);
    const events = await readSearch(daemon.client, { q: 'needle' });
    expect(events).toMatchObject([{ type: 'match' }, { type: 'error', error: { code: 'conflict' } }]);
  });

  it('holds up nothing beyond its time when a process of another group keeps its output', async () => {
    await replaceRipgrep(
      `printf '%s\\n' '${MATCH}'\nsetsid sh -c 'echo $$ > ${pidFile}; exec sleep 20' &\nexit 0`,
    );
    const matches: SearchMatch[] = [];
    const outcome = await searchWithRipgrep(program, {
      text: 'needle',
      path: folders.homePath,
      folder: folders.homePath,
      passedOver: [],
      mode: 'content',
      isRegex: false,
      isCaseSensitive: false,
      isWholeWord: false,
      globs: [],
      context: 0,
      limit: 10,
      isNewestFirst: false,
      onMatch: (match) => void matches.push(match),
      skipped: new SkippedPlaces(),
      signal: new AbortController().signal,
      timeoutMs: 500,
    });
    process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGKILL');
    expect([outcome, matches.length]).toEqual([{ truncated: true }, 1]);
  });
});
