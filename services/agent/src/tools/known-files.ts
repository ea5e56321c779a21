import { type FileVersion, isSameVersion } from '@podex/contracts/file-versions';

/** What a person was shown when they approved a change: `etag` is null for a file that was not there. */
export interface ApprovedFile {
  etag: string | null;
  /** Where links led; null when there were none. */
  target: string | null;
}

/**
 * The versions of files that a conversation has seen, from what its tool calls recorded, oldest first. An edit is made without reading
 * the file, so it makes its result known only where the version that it was made in was known.
 */
export class KnownFiles {
  readonly #etags = new Map<string, string>();
  readonly #edits: FileVersion[] = [];

  constructor(versions: Iterable<FileVersion> = []) {
    for (const version of versions) this.add(version);
  }

  add(version: FileVersion): void {
    const { path, etag, replaced_etag: replaced } = version;
    if (replaced === undefined) {
      this.#etags.set(path, etag);
      return;
    }
    this.#edits.push(version);
    const known = this.#etags.get(path);
    if (known !== undefined && isSameVersion(known, replaced)) this.#etags.set(path, etag);
  }

  etagOf(path: string): string | undefined {
    return this.#etags.get(path);
  }

  /** What edits of this conversation, one after another, have made of a version; itself when there were none. */
  editedFrom(path: string, etag: string): string {
    let newest = etag;
    for (const edit of this.#edits) {
      const { replaced_etag: replaced } = edit;
      if (edit.path === path && replaced !== undefined && isSameVersion(replaced, newest)) newest = edit.etag;
    }
    return newest;
  }
}
