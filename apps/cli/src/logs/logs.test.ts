import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { followLog, readLastLines } from './follow-log.ts';
import { previousLogFile, readLogFrom, rotateLog } from './log-file.ts';

function freshLog(text = ''): string {
  const file = path.join(temporaryFolder('log'), 'api.log');
  if (text !== '') writeFileSync(file, text);
  return file;
}

describe('a log', () => {
  it('is moved to its predecessor once it is large, and the writer goes on in the same file', async () => {
    const file = freshLog('x'.repeat(100));
    const { ino } = statSync(file);
    expect(await rotateLog(file, 100)).toBe(false);
    expect(await rotateLog(file, 99)).toBe(true);
    expect(readFileSync(previousLogFile(file), 'utf8')).toHaveLength(100);
    expect(statSync(file)).toMatchObject({ size: 0, ino });
  });

  it('need not exist', async () => {
    const file = freshLog();
    expect(await rotateLog(file)).toBe(false);
    expect(await readLastLines(file, 5)).toEqual([]);
    expect(existsSync(file)).toBe(false);
  });

  it('is read from where a process began, and again after it was emptied', async () => {
    const file = freshLog('before\nafter\n');
    expect(await readLogFrom(file, 7, 1000)).toBe('after\n');
    expect(await readLogFrom(file, 0, 6)).toBe('after\n');
    expect(await readLogFrom(file, 1000, 1000)).toBe('before\nafter\n');
  });

  it('gives its last lines, those of its predecessor included', async () => {
    const file = freshLog('c\nd\n');
    writeFileSync(previousLogFile(file), 'a\nb\n');
    expect(await readLastLines(file, 1)).toEqual(['d']);
    expect(await readLastLines(file, 3)).toEqual(['b', 'c', 'd']);
    expect(await readLastLines(file, 0)).toEqual([]);
  });

  it('gives the last lines of a long one without missing any', async () => {
    const all = Array.from({ length: 20_000 }, (_, index) => `line ${index} with some text`);
    expect(await readLastLines(freshLog(`${all.join('\n')}\n`), 12_000)).toEqual(all.slice(-12_000));
  });

  it('is followed line by line, also when it is emptied meanwhile', async () => {
    const file = freshLog('old\n');
    const stop = new AbortController();
    const lines = followLog(file, stop.signal);
    const first = lines.next();
    setTimeout(() => appendFileSync(file, 'one\ntw'), 20);
    expect((await first).value).toBe('one');
    const second = lines.next();
    setTimeout(() => appendFileSync(file, 'o\n'), 20);
    expect((await second).value).toBe('two');
    const third = lines.next();
    setTimeout(() => writeFileSync(file, 'new\n'), 20);
    expect((await third).value).toBe('new');
    stop.abort();
    expect((await lines.next()).done).toBe(true);
  });
});
