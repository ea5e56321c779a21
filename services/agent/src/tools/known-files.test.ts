import { describe, expect, it } from 'vitest';
import { KnownFiles } from './known-files.ts';

const path = '/home/dev/a';

describe('the files that a conversation knows', () => {
  it('are as they were last read or written', () => {
    const files = new KnownFiles([
      { path, etag: '"1"' },
      { path, etag: '"2"' },
    ]);
    expect([files.etagOf(path), files.etagOf('/home/dev/b')]).toEqual(['"2"', undefined]);
  });

  it('are known after an edit only when they were known before it', () => {
    const files = new KnownFiles([{ path, etag: '"2"', replaced_etag: '"1"' }]);
    expect(files.etagOf(path)).toBeUndefined();
    files.add({ path, etag: '"2"' });
    files.add({ path, etag: '"3"', replaced_etag: '"2"' });
    expect(files.etagOf(path)).toBe('"3"');
    files.add({ path, etag: '"5"', replaced_etag: '"4"' });
    expect(files.etagOf(path)).toBe('"3"');
  });

  it('tell what their own edits made of a version, and stop where somebody else wrote', () => {
    const files = new KnownFiles([
      { path, etag: '"2"', replaced_etag: '"1"' },
      { path, etag: '"3"', replaced_etag: '"2"' },
      { path, etag: '"5"', replaced_etag: '"4"' },
    ]);
    expect([files.editedFrom(path, '"1"'), files.editedFrom(path, '"0"')]).toEqual(['"3"', '"0"']);
  });
});
