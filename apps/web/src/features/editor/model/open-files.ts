import { PodexError } from '@podex/contracts/errors';
import { decodeText, type FileText } from './file-text.ts';

/** The text of one open file while it is edited. */
export interface TextBuffer {
  /** Its whole text, and a mark to say later which text was saved. */
  snapshot(): { text: string; mark: unknown };
  /** The text of this mark is what stands on disk; tells by `onDirtyChange` whether the present one differs. */
  markSaved(mark: unknown): void;
  /** Takes the text from disk; what was typed goes. The cursor stays as near as it can. */
  replace(file: FileText): void;
  /** Puts the cursor there, as near as the text has it, and shows it. */
  reveal(place: TextPlace): void;
  dispose(): void;
}

/** In a text; both are counted from 1. */
export interface TextPlace {
  line: number;
  column: number;
}

export type CreateTextBuffer = (
  path: string,
  file: FileText,
  onDirtyChange: (isDirty: boolean) => void,
) => TextBuffer;

/** The files of the workspace, as this page reaches them. */
export interface FileGateway {
  sizeOf(path: string): Promise<number>;
  /** Undefined when it still is what `knownEtag` says. */
  read(path: string, knownEtag?: string): Promise<{ bytes: Uint8Array; etag: string } | undefined>;
  /** Resolves to the new etag. Rejects with `file_changed` when `ifMatch` no longer matches. */
  write(path: string, text: string, ifMatch: string | undefined): Promise<string>;
}

interface EditableFile {
  status: 'ready';
  path: string;
  etag: string;
  /** The text that it had on disk when it was last read or saved here. */
  diskText: string;
  buffer: TextBuffer;
  isDirty: boolean;
  isSaving: boolean;
  /** On disk it is not what it was when it was read, and here it was edited (or it is gone there). */
  conflict: 'changed' | 'deleted' | null;
  saveError: string | null;
}

export type OpenFile =
  | { status: 'loading'; path: string }
  | EditableFile
  | { status: 'binary' | 'too_large'; path: string; size: number }
  | { status: 'failed'; path: string; message: string };

export interface OpenFilesSnapshot {
  files: readonly OpenFile[];
  activePath: string | null;
}

export const MAX_EDITED_BYTES = 4 * 1024 * 1024;

interface OpenFilesOptions {
  gateway: FileGateway;
  /** Loaded with the first file: the editor is not part of the page's first scripts. */
  loadBuffers: () => Promise<CreateTextBuffer>;
}

/**
 * The open files of a workspace: reads, saves with If-Match, and follows what others (the agent, a terminal) write. A file that was
 * not edited takes their text; one that was is never overwritten, here or there, unless the user says so.
 */
export class OpenFiles {
  readonly #options: OpenFilesOptions;
  readonly #listeners = new Set<() => void>();
  #snapshot: OpenFilesSnapshot = { files: [], activePath: null };
  #refreshing: Promise<void> | undefined;
  #isRefreshDue = false;

  constructor(options: OpenFilesOptions) {
    this.#options = options;
  }

  onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  getSnapshot = (): OpenFilesSnapshot => this.#snapshot;

  async open(path: string, place?: TextPlace): Promise<void> {
    const known = this.#snapshot.files.find((file) => file.path === path && file.status !== 'failed');
    if (known !== undefined) {
      this.activate(path);
      if (known.status === 'ready' && place !== undefined) known.buffer.reveal(place);
      return;
    }
    const rest = this.#snapshot.files.filter((file) => file.path !== path);
    this.#set({ files: [...rest, { status: 'loading', path }], activePath: path });
    const opened = await this.#load(path);
    if (this.#find(path) === undefined) {
      if (opened.status === 'ready') opened.buffer.dispose();
      return;
    }
    this.#replace(opened);
    if (opened.status === 'ready' && place !== undefined) opened.buffer.reveal(place);
  }

  activate(path: string): void {
    this.#set({ activePath: path });
  }

  /** What was typed and not saved is gone. */
  close(path: string): void {
    const { files, activePath } = this.#snapshot;
    const index = files.findIndex((file) => file.path === path);
    const file = files[index];
    if (file === undefined) return;
    if (file.status === 'ready') file.buffer.dispose();
    const rest = files.filter((other) => other !== file);
    const neighbour = rest[Math.min(index, rest.length - 1)]?.path ?? null;
    this.#set({ files: rest, activePath: activePath === path ? neighbour : activePath });
  }

  /** The screen is left: releases everything without notifying listeners. */
  dispose(): void {
    for (const file of this.#snapshot.files) if (file.status === 'ready') file.buffer.dispose();
    this.#snapshot = { files: [], activePath: null };
  }

  /** Writes the text if the file still is what was read; otherwise it is a conflict, and nothing is written. */
  async save(path: string): Promise<void> {
    const file = this.#find(path);
    if (file?.status === 'ready' && !file.isSaving) await this.#write(file, file.etag);
  }

  /** Writes the text over whatever stands on disk. */
  async overwrite(path: string): Promise<void> {
    const file = this.#find(path);
    if (file?.status === 'ready' && !file.isSaving) await this.#write(file, undefined);
  }

  /** Takes the text from disk; what was typed goes. */
  async reload(path: string): Promise<void> {
    const file = this.#find(path);
    if (file?.status !== 'ready') return;
    await this.#readAgain(file, { isForced: true });
  }

  /** Looks at every open file on disk. Calls during a look make one more look, whatever their number. */
  refresh(): Promise<void> {
    this.#isRefreshDue = true;
    this.#refreshing ??= this.#refreshAll().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** Looks at those of these files that are open. */
  async look(paths: readonly string[]): Promise<void> {
    const touched = this.#snapshot.files.filter(
      (file) => paths.includes(file.path) && file.status === 'ready',
    );
    await Promise.all(
      touched.map((file) =>
        file.status === 'ready' ? this.#readAgain(file, { isForced: false }) : undefined,
      ),
    );
  }

  /** Something was renamed: open files at or below it go along. */
  moved(from: string, to: string): void {
    const move = (path: string) =>
      path === from || path.startsWith(`${from}/`) ? `${to}${path.slice(from.length)}` : path;
    const { files, activePath } = this.#snapshot;
    this.#set({
      files: files.map((file) => ({ ...file, path: move(file.path) })),
      activePath: activePath === null ? null : move(activePath),
    });
  }

  async #load(path: string): Promise<OpenFile> {
    try {
      const size = await this.#options.gateway.sizeOf(path);
      if (size > MAX_EDITED_BYTES) return { status: 'too_large', path, size };
      const [content, createBuffer] = await Promise.all([
        this.#options.gateway.read(path),
        this.#options.loadBuffers(),
      ]);
      const text = content === undefined ? undefined : decodeText(content.bytes);
      if (content === undefined || text === undefined) return { status: 'binary', path, size };
      const file: EditableFile = {
        status: 'ready',
        path,
        etag: content.etag,
        diskText: text.text,
        isDirty: false,
        isSaving: false,
        conflict: null,
        saveError: null,
        buffer: createBuffer(path, text, (isDirty) => this.#changeByBuffer(file.buffer, { isDirty })),
      };
      return file;
    } catch (error) {
      return { status: 'failed', path, message: error instanceof Error ? error.message : String(error) };
    }
  }

  async #write(file: EditableFile, ifMatch: string | undefined): Promise<void> {
    const { buffer } = file;
    const { text, mark } = buffer.snapshot();
    this.#changeByBuffer(buffer, { isSaving: true, saveError: null });
    try {
      const etag = await this.#send(file, text, ifMatch);
      buffer.markSaved(mark);
      this.#changeByBuffer(buffer, { etag, diskText: text, conflict: null });
    } catch (error) {
      this.#changeByBuffer(buffer, failureOf(error));
    } finally {
      this.#changeByBuffer(buffer, { isSaving: false });
    }
  }

  /** An etag changes with more than the text: a new mode, a date, another server. If the text is the one known here, nobody is overwritten. */
  async #send(file: EditableFile, text: string, ifMatch: string | undefined): Promise<string> {
    const { gateway } = this.#options;
    try {
      return await gateway.write(file.path, text, ifMatch);
    } catch (error) {
      if (!PodexError.has(error, 'file_changed')) throw error;
      const content = await gateway.read(file.path).catch(() => undefined);
      if (content === undefined || decodeText(content.bytes)?.text !== file.diskText) throw error;
      return await gateway.write(file.path, text, content.etag);
    }
  }

  async #refreshAll(): Promise<void> {
    while (this.#isRefreshDue) {
      this.#isRefreshDue = false;
      const ready = this.#snapshot.files.filter((file) => file.status === 'ready');
      await Promise.all(ready.map((file) => this.#readAgain(file, { isForced: false })));
    }
  }

  /** A network that fails here says nothing about the file: it is looked at again later. */
  async #readAgain(file: EditableFile, { isForced }: { isForced: boolean }): Promise<void> {
    const { buffer, path } = file;
    try {
      const content = await this.#options.gateway.read(path, isForced ? undefined : file.etag);
      const current = this.#findByBuffer(buffer);
      // Saved meanwhile: what was read may be older than what was written.
      if (current === undefined || current.isSaving || current.etag !== file.etag) return;
      if (content !== undefined) this.#take(current, content, isForced);
      // It was gone, and is there again as it was.
      else if (current.conflict === 'deleted') this.#changeByBuffer(buffer, { conflict: null });
    } catch (error) {
      if (PodexError.has(error, 'file_not_found')) this.#changeByBuffer(buffer, { conflict: 'deleted' });
      else if (isForced) this.#changeByBuffer(buffer, failureOf(error));
    }
  }

  #take(file: EditableFile, content: { bytes: Uint8Array; etag: string }, isForced: boolean): void {
    const onDisk = decodeText(content.bytes);
    const { text: ownText, mark } = file.buffer.snapshot();
    if (!isForced && onDisk?.text === file.diskText) {
      this.#changeByBuffer(file.buffer, { etag: content.etag, conflict: null });
      return;
    }
    if (onDisk === undefined || (file.isDirty && !isForced && onDisk.text !== ownText)) {
      this.#changeByBuffer(file.buffer, { conflict: 'changed' });
      return;
    }
    if (onDisk.text === ownText) file.buffer.markSaved(mark);
    else file.buffer.replace(onDisk);
    const now = { etag: content.etag, diskText: onDisk.text };
    this.#changeByBuffer(file.buffer, { ...now, conflict: null, saveError: null });
  }

  #find(path: string): OpenFile | undefined {
    return this.#snapshot.files.find((file) => file.path === path);
  }

  #findByBuffer(buffer: TextBuffer): EditableFile | undefined {
    return this.#snapshot.files.find(
      (file): file is EditableFile => file.status === 'ready' && file.buffer === buffer,
    );
  }

  #changeByBuffer(buffer: TextBuffer, change: Partial<EditableFile>): void {
    const file = this.#findByBuffer(buffer);
    if (file !== undefined) this.#replace({ ...file, ...change });
  }

  #replace(file: OpenFile): void {
    this.#set({ files: this.#snapshot.files.map((old) => (old.path === file.path ? file : old)) });
  }

  #set(change: Partial<OpenFilesSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of [...this.#listeners]) listener();
  }
}

function failureOf(
  error: unknown,
): Pick<EditableFile, 'conflict' | 'saveError'> | Pick<EditableFile, 'saveError'> {
  if (PodexError.has(error, 'file_changed')) return { conflict: 'changed', saveError: null };
  if (PodexError.has(error, 'file_not_found')) return { conflict: 'deleted', saveError: null };
  return { saveError: error instanceof Error ? error.message : String(error) };
}
