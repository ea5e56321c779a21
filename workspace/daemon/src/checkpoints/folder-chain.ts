import * as fs from 'node:fs';
import { diskPath } from '../files/file-names.ts';

const AS_FOLDER = fs.constants.O_RDONLY | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW;

/**
 * The way to a folder below a root, each step of it held open and taken without following links: what is swapped meanwhile leads
 * nowhere else. Made for walks in the order of paths, where neighbours share most of the way.
 */
export class FolderChain implements Disposable {
  readonly #steps: { name: string; fd: number }[];

  /** Throws errors of the operating system. */
  constructor(root: string) {
    this.#steps = [{ name: '', fd: fs.openSync(diskPath(root), AS_FOLDER) }];
  }

  /** A path to the entry, good until the next call. Rejects with ELOOP or ENOTDIR when the way leads through a link or a file. */
  at(segments: readonly string[]): string | Buffer {
    const folders = segments.slice(0, -1);
    let shared = 0;
    while (shared < folders.length && this.#steps[shared + 1]?.name === folders[shared]) shared += 1;
    this.#closeFrom(shared + 1);
    for (const name of folders.slice(shared)) {
      this.#steps.push({ name, fd: fs.openSync(this.#pathTo(name), AS_FOLDER) });
    }
    return this.#pathTo(segments.at(-1) ?? '.');
  }

  /** Forgets the way: a folder on it was replaced. */
  reset(): void {
    this.#closeFrom(1);
  }

  [Symbol.dispose](): void {
    this.#closeFrom(0);
  }

  #pathTo(name: string): string | Buffer {
    const folder = `/proc/self/fd/${this.#steps.at(-1)?.fd}/`;
    const onDisk = diskPath(name);
    return typeof onDisk === 'string' ? `${folder}${onDisk}` : Buffer.concat([Buffer.from(folder), onDisk]);
  }

  #closeFrom(length: number): void {
    for (const { fd } of this.#steps.splice(length)) fs.closeSync(fd);
  }
}
