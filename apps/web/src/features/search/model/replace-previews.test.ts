import type { ReplacePreview } from '@podex/contracts/replacing';
import { describe, expect, it } from 'vitest';
import { FILES_AT_ONCE, type ReplaceQuery } from '../api/replace.ts';
import { ReplacePreviews } from './replace-previews.ts';

const QUERY: ReplaceQuery = {
  text: 'x',
  isRegex: false,
  isCaseSensitive: false,
  isWholeWord: false,
  include: '',
  exclude: '',
  replacement: 'y',
};
const of = (path: string, count: number): ReplacePreview['files'][number] => ({
  path,
  etag: '"1"',
  count,
  changes: [],
  problem: null,
});

describe('ReplacePreviews', () => {
  it('asks for some files at a time and counts what can be changed', async () => {
    const asked: number[] = [];
    const previews = new ReplacePreviews(async (_query, { paths }) => {
      asked.push(paths.length);
      return { files: paths.map((path, index) => of(path, index % 2)) };
    });
    const paths = Array.from({ length: FILES_AT_ONCE + 10 }, (_, index) => `/f${index}`);
    await previews.run(QUERY, paths);
    expect(asked).toEqual([FILES_AT_ONCE, 10]);
    const { byPath, changes, files, isLoading } = previews.getSnapshot();
    expect([byPath.size, changes, files, isLoading]).toEqual([paths.length, 30, 30, false]);
  });

  it('forgets what comes late for a question that was changed', async () => {
    const gates: PromiseWithResolvers<void>[] = [];
    const previews = new ReplacePreviews(async ({ replacement }, { paths }) => {
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      await gate.promise;
      return { files: paths.map((path) => of(path, replacement.length)) };
    });
    const first = previews.run(QUERY, ['/a']);
    const second = previews.run({ ...QUERY, replacement: 'longer' }, ['/a']);
    gates[1]?.resolve();
    await second;
    gates[0]?.resolve();
    await first;
    expect(previews.getSnapshot().byPath.get('/a')?.count).toBe(6);
    previews.clear();
    expect(previews.getSnapshot()).toMatchObject({ changes: 0, files: 0, isLoading: false });
  });

  it('says why it could not ask, and keeps what it has', async () => {
    let calls = 0;
    const previews = new ReplacePreviews(async (_query, { paths }) => {
      calls += 1;
      if (calls > 1) throw new Error('gone');
      return { files: paths.map((path) => of(path, 1)) };
    });
    await previews.run(
      QUERY,
      Array.from({ length: FILES_AT_ONCE + 1 }, (_, index) => `/f${index}`),
    );
    expect(previews.getSnapshot()).toMatchObject({
      files: FILES_AT_ONCE,
      isLoading: false,
      error: expect.any(String),
    });
  });
});
