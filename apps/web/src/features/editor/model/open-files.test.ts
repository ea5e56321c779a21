import { PodexError } from '@podex/contracts/errors';
import { describe, expect, it } from 'vitest';
import type { FileText } from './file-text.ts';
import { type FileGateway, OpenFiles, type TextBuffer, type TextPlace } from './open-files.ts';

/** Files in a map; each write makes a new version. */
class MemoryFiles implements FileGateway {
  readonly files = new Map<string, { text: string; version: number }>();
  reads = 0;

  put(path: string, text: string): void {
    this.files.set(path, { text, version: (this.files.get(path)?.version ?? 0) + 1 });
  }

  textOf(path: string): string | undefined {
    return this.files.get(path)?.text;
  }

  async sizeOf(path: string): Promise<number> {
    return this.#get(path).text.length;
  }

  async read(path: string, knownEtag?: string) {
    this.reads += 1;
    const { text, version } = this.#get(path);
    const etag = `"${version}"`;
    return etag === knownEtag ? undefined : { bytes: new TextEncoder().encode(text), etag };
  }

  async write(path: string, text: string, ifMatch: string | undefined): Promise<string> {
    if (ifMatch !== undefined && ifMatch !== `"${this.files.get(path)?.version}"`) {
      throw new PodexError('file_changed', 'changed', { path });
    }
    this.put(path, text);
    return `"${this.files.get(path)?.version}"`;
  }

  #get(path: string) {
    const file = this.files.get(path);
    if (file === undefined) throw new PodexError('file_not_found', 'no file', { path });
    return file;
  }
}

class PlainBuffer implements TextBuffer {
  text: string;
  #saved: string;
  readonly #onDirtyChange: (isDirty: boolean) => void;

  constructor(file: FileText, onDirtyChange: (isDirty: boolean) => void) {
    this.text = file.text;
    this.#saved = file.text;
    this.#onDirtyChange = onDirtyChange;
  }

  type(text: string): void {
    this.text = text;
    this.#onDirtyChange(this.text !== this.#saved);
  }

  snapshot() {
    return { text: this.text, mark: this.text };
  }

  markSaved(mark: unknown): void {
    this.#saved = String(mark);
    this.#onDirtyChange(this.text !== this.#saved);
  }

  replace(file: FileText): void {
    this.#saved = file.text;
    this.type(file.text);
  }

  revealed: TextPlace | undefined;
  reveal(place: TextPlace): void {
    this.revealed = place;
  }

  dispose(): void {
    this.text = 'disposed';
  }
}

async function setUp(text = 'one') {
  const files = new MemoryFiles();
  files.put('/a', text);
  const buffers: PlainBuffer[] = [];
  const openFiles = new OpenFiles({
    gateway: files,
    loadBuffers: async () => (_, file, onDirtyChange) => {
      const buffer = new PlainBuffer(file, onDirtyChange);
      buffers.push(buffer);
      return buffer;
    },
  });
  await openFiles.open('/a');
  const buffer = buffers[0];
  if (buffer === undefined) throw new Error('not opened');
  const file = () => openFiles.getSnapshot().files[0];
  return { files, openFiles, buffer, file };
}

describe('OpenFiles', () => {
  it('opens a file at a place, whether it was open or not', async () => {
    const { openFiles, buffer } = await setUp();
    await openFiles.open('/a', { line: 2, column: 3 });
    expect(buffer.revealed).toEqual({ line: 2, column: 3 });
    openFiles.close('/a');
    await openFiles.open('/a', { line: 1, column: 1 });
    expect(openFiles.getSnapshot().files[0]).toMatchObject({ buffer: { revealed: { line: 1, column: 1 } } });
  });

  it('looks at the files alone that it is told of', async () => {
    const { files, openFiles, buffer } = await setUp();
    files.put('/a', 'by a shell');
    const before = files.reads;
    await openFiles.look(['/b']);
    expect(files.reads).toBe(before);
    await openFiles.look(['/a', '/b']);
    expect(buffer.text).toBe('by a shell');
  });

  it('saves what was typed, and is clean then', async () => {
    const { files, openFiles, buffer, file } = await setUp();
    buffer.type('two');
    expect(file()).toMatchObject({ isDirty: true });
    await openFiles.save('/a');
    expect(files.textOf('/a')).toBe('two');
    expect(file()).toMatchObject({ isDirty: false, isSaving: false, conflict: null });
  });

  it('stays dirty when something was typed while it was saved', async () => {
    const { files, openFiles, buffer, file } = await setUp();
    buffer.type('two');
    const saving = openFiles.save('/a');
    buffer.type('three');
    await saving;
    expect(files.textOf('/a')).toBe('two');
    expect(file()).toMatchObject({ isDirty: true });
    await openFiles.save('/a');
    expect(files.textOf('/a')).toBe('three');
  });

  it('takes the text of others into a file that was not edited', async () => {
    const { files, openFiles, buffer, file } = await setUp();
    files.put('/a', 'by the agent');
    await openFiles.refresh();
    expect(buffer.text).toBe('by the agent');
    expect(file()).toMatchObject({ isDirty: false, conflict: null, etag: '"2"' });
  });

  it('keeps edited text when others write, and says so', async () => {
    const { files, openFiles, buffer, file } = await setUp();
    buffer.type('mine');
    files.put('/a', 'theirs');
    await openFiles.refresh();
    expect(buffer.text).toBe('mine');
    expect(file()).toMatchObject({ conflict: 'changed', isDirty: true });
  });

  it('never overwrites others by a plain save', async () => {
    const { files, openFiles, buffer, file } = await setUp();
    buffer.type('mine');
    files.put('/a', 'theirs');
    await openFiles.save('/a');
    expect(files.textOf('/a')).toBe('theirs');
    expect(file()).toMatchObject({ conflict: 'changed', isDirty: true, isSaving: false });
  });

  it('overwrites, or reloads, when told to', async () => {
    const { files, openFiles, buffer, file } = await setUp();
    buffer.type('mine');
    files.put('/a', 'theirs');
    await openFiles.save('/a');
    await openFiles.overwrite('/a');
    expect(files.textOf('/a')).toBe('mine');
    expect(file()).toMatchObject({ conflict: null, isDirty: false });
    buffer.type('mine again');
    files.put('/a', 'theirs again');
    await openFiles.save('/a');
    await openFiles.reload('/a');
    expect(buffer.text).toBe('theirs again');
    expect(file()).toMatchObject({ conflict: null, isDirty: false });
  });

  it('has no conflict with a new version of the same text, whether it reads or saves first', async () => {
    const { files, openFiles, buffer, file } = await setUp();
    buffer.type('mine');
    files.put('/a', 'one');
    await openFiles.save('/a');
    expect([files.textOf('/a'), file()]).toMatchObject(['mine', { conflict: null, isDirty: false }]);
    buffer.type('mine again');
    files.put('/a', 'mine');
    await openFiles.refresh();
    expect(file()).toMatchObject({ conflict: null, isDirty: true });
    await openFiles.save('/a');
    expect([files.textOf('/a'), file()]).toMatchObject(['mine again', { conflict: null, isDirty: false }]);
  });

  it('has no conflict when both wrote the same', async () => {
    const { files, openFiles, buffer, file } = await setUp();
    buffer.type('same');
    files.put('/a', 'same');
    await openFiles.refresh();
    expect(file()).toMatchObject({ conflict: null, isDirty: false, etag: '"2"' });
  });

  it('notices a file that was deleted, and one that is back', async () => {
    const { files, openFiles, buffer, file } = await setUp();
    const kept = files.files.get('/a');
    files.files.delete('/a');
    await openFiles.refresh();
    expect(file()).toMatchObject({ conflict: 'deleted' });
    expect(buffer.text).toBe('one');
    if (kept !== undefined) files.files.set('/a', kept);
    await openFiles.refresh();
    expect(file()).toMatchObject({ conflict: null });
  });

  it('looks once more after any number of calls during a look', async () => {
    const { files, openFiles } = await setUp();
    files.reads = 0;
    await Promise.all([openFiles.refresh(), openFiles.refresh(), openFiles.refresh()]);
    expect(files.reads).toBeLessThanOrEqual(2);
  });

  it('says why a file cannot be edited', async () => {
    const { files, openFiles } = await setUp();
    files.put('/binary', '\0');
    files.put('/large', 'x'.repeat(5 * 1024 * 1024));
    for (const path of ['/binary', '/large', '/missing']) await openFiles.open(path);
    expect(openFiles.getSnapshot().files.map(({ status }) => status)).toEqual([
      'ready',
      'binary',
      'too_large',
      'failed',
    ]);
  });

  it('shows a neighbour when the active file is closed', async () => {
    const { files, openFiles, buffer } = await setUp();
    files.put('/b', 'b');
    await openFiles.open('/b');
    openFiles.activate('/a');
    openFiles.close('/a');
    expect(openFiles.getSnapshot()).toMatchObject({ activePath: '/b', files: [{ path: '/b' }] });
    expect(buffer.text).toBe('disposed');
  });

  it('follows a rename of a file or of a folder above it', async () => {
    const { files, openFiles } = await setUp();
    files.put('/dir/b', 'b');
    await openFiles.open('/dir/b');
    openFiles.moved('/dir', '/folder');
    expect(openFiles.getSnapshot()).toMatchObject({
      activePath: '/folder/b',
      files: [{ path: '/a' }, { path: '/folder/b' }],
    });
  });
});
