import type { ReplaceResult } from '@podex/contracts/replacing';
import { describe, expect, it } from 'vitest';
import { FILES_AT_ONCE } from '../api/replace.ts';
import {
  commonFolder,
  problemsText,
  replacedText,
  replaceInAll,
  withoutCheckpoint,
} from './replace-files.ts';

const targets = Array.from({ length: FILES_AT_ONCE + 2 }, (_, index) => ({
  path: `/f${index}`,
  etag: '"1"',
}));
const done = (path: string): ReplaceResult['files'][number] => ({
  path,
  entry: null,
  replacements: 2,
  problem: null,
});

describe('replacing in many files', () => {
  it('adds up what was done, and says why some stayed as they are', async () => {
    const outcome = await replaceInAll(targets, async (part) => ({
      files: part.map(({ path }, index) =>
        index === 0
          ? { ...done(path), replacements: 0, problem: { code: 'file_changed', message: `${path} changed.` } }
          : done(path),
      ),
    }));
    expect(replacedText(outcome)).toBe(`${2 * FILES_AT_ONCE} matches replaced in ${FILES_AT_ONCE} files`);
    expect(problemsText(outcome)).toBe('/f0 changed. And 1 more.');
  });

  it('ends where a request fails, and counts what was done before it', async () => {
    let calls = 0;
    const outcome = await replaceInAll(targets, async (part) => {
      calls += 1;
      if (calls === 2) throw new Error('gone');
      return { files: part.map(({ path }) => done(path)) };
    });
    expect(outcome).toMatchObject({ files: FILES_AT_ONCE, problems: [expect.any(String)] });
  });
});

describe('the checkpoint before a replacement', () => {
  it.each([
    [['/home/dev/a/b/c', '/home/dev/a/d'], '/home/dev/a'],
    [['/home/dev/a/b', '/home/dev/ab/c'], '/home/dev'],
    [['/home/dev/a/b'], '/home/dev/a'],
    [['/a', '/b'], '/'],
  ])('is of the folder that holds all of %j', (paths, folder) => {
    expect(commonFolder(paths)).toBe(folder);
  });

  it('does not hold what begins with a dot, where it is of the home', () => {
    expect(withoutCheckpoint(['/home/dev/.config/x', '/home/dev/a'])).toEqual(['/home/dev/.config/x']);
    expect(withoutCheckpoint(['/home/dev/.config/x', '/home/dev/.config/y'])).toEqual([]);
  });
});
