import { constants, type Dirent } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import * as fs from 'node:fs/promises';
import { openFolder } from './disk.ts';

const AS_FOLDER = constants.O_RDONLY | constants.O_DIRECTORY;

/**
 * A folder held open. What is in it is reached through the descriptor, so that neither how long its path is nor what that path leads to
 * by now makes a difference: a walk of a tree this way never leaves it.
 */
export class OpenFolder implements AsyncDisposable {
  readonly handle: FileHandle;
  readonly #prefix: Buffer;

  private constructor(handle: FileHandle) {
    this.handle = handle;
    this.#prefix = Buffer.from(`/proc/self/fd/${handle.fd}/`);
  }

  /** Links on the way, and at its end, are followed. */
  static async open(folder: string | Buffer): Promise<OpenFolder> {
    return new OpenFolder(await fs.open(folder, AS_FOLDER));
  }

  /** One that is in it. Rejects with ELOOP or ENOTDIR when it is no folder, or a link to one. */
  async openChild(name: Buffer): Promise<OpenFolder> {
    return new OpenFolder(await fs.open(this.at(name), AS_FOLDER | constants.O_NOFOLLOW));
  }

  /** A path to what bears the name in this folder; good for as long as the folder is open. */
  at(name: Buffer): Buffer {
    return Buffer.concat([this.#prefix, name]);
  }

  entries(): Promise<AsyncIterable<Dirent<Buffer>>> {
    return openFolder(this.#prefix);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.handle.close();
  }
}
