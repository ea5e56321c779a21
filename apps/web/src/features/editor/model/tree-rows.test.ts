import type { FileEntry } from '@podex/contracts/files';
import { describe, expect, it } from 'vitest';
import { stepOf } from './tree-keys.ts';
import { type FolderState, rowsOf, visibleFolders } from './tree-rows.ts';

const entry = (path: string, type: FileEntry['type'] = 'file'): FileEntry => ({
  name: path.slice(path.lastIndexOf('/') + 1),
  path,
  type,
  size: 0,
  mode: 0o644,
  modified_at: '2026-01-01T00:00:00.000Z',
  etag: '"1"',
});
const folder = (...children: FileEntry[]): FolderState => ({
  children,
  isTruncated: false,
  isPartial: false,
  error: undefined,
});

const FOLDERS = new Map([
  ['/h', folder(entry('/h/src', 'directory'), entry('/h/empty', 'directory'), entry('/h/a.txt'))],
  ['/h/src', folder(entry('/h/src/b.txt'))],
  ['/h/empty', folder()],
]);

describe('rowsOf', () => {
  it('lays out what is unfolded, depth by depth', () => {
    const rows = rowsOf('/h', FOLDERS, new Set(['/h/src', '/h/empty']));
    expect(rows.map((row) => [row.depth, row.kind === 'entry' ? row.entry.name : row.text])).toEqual([
      [0, 'src'],
      [1, 'b.txt'],
      [0, 'empty'],
      [1, 'Empty'],
      [0, 'a.txt'],
    ]);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
  });

  it('says what is awaited, what failed and what is left out', () => {
    const failed = { children: undefined, isTruncated: false, isPartial: false, error: 'No.' };
    const long = { ...folder(entry('/h/a'), entry('/h/b', 'directory')), isTruncated: true };
    const folders = new Map<string, FolderState>([
      ['/h', long],
      ['/h/b', failed],
    ]);
    expect(rowsOf('/h', new Map(), new Set())).toMatchObject([{ text: 'Loading…' }]);
    expect(rowsOf('/h', folders, new Set(['/h/b'])).slice(2)).toMatchObject([
      { text: 'No. Try again', retryPath: '/h/b' },
      { text: 'The first 2 are shown. Search for others.' },
    ]);
    const more = new Map<string, FolderState>([['/h', { ...long, isPartial: true }]]);
    expect(rowsOf('/h', more, new Set()).at(-1)).toMatchObject({ text: 'Loading more…' });
  });
});

it('reads the folders that are unfolded in unfolded ones', () => {
  const expanded = new Set(['/h/a', '/h/a/b', '/h/c/d', '/elsewhere']);
  expect(visibleFolders('/h', expanded)).toEqual(['/h', '/h/a', '/h/a/b']);
});

describe('stepOf', () => {
  const rows = rowsOf('/h', FOLDERS, new Set(['/h/src']));

  it('goes along the rows and no further than their ends', () => {
    expect(stepOf('ArrowDown', rows, 0)).toEqual({ kind: 'go', index: 1 });
    expect(stepOf('ArrowUp', rows, 0)).toEqual({ kind: 'go', index: 0 });
    expect(stepOf('End', rows, 0)).toEqual({ kind: 'go', index: 3 });
    expect(stepOf('PageDown', rows, 1)).toEqual({ kind: 'go', index: 3 });
    expect(stepOf('Tab', rows, 1)).toBeUndefined();
  });

  it('unfolds, goes in, goes out and folds', () => {
    expect(stepOf('ArrowRight', rows, 2)).toEqual({ kind: 'choose' });
    expect(stepOf('ArrowRight', rows, 0)).toEqual({ kind: 'go', index: 1 });
    expect(stepOf('ArrowRight', rows, 1)).toEqual({ kind: 'stay' });
    expect(stepOf('ArrowLeft', rows, 1)).toEqual({ kind: 'go', index: 0 });
    expect(stepOf('ArrowLeft', rows, 0)).toEqual({ kind: 'choose' });
    expect(stepOf('ArrowLeft', rows, 3)).toEqual({ kind: 'stay' });
  });
});
