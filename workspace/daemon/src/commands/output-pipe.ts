import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { chown, mkdir, rm, unlink } from 'node:fs/promises';
import { Socket } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PIPES_AT_ONCE = 16;
const REFILL_BELOW = 4;
const MKFIFO_TIMEOUT_MS = 10_000;

/** One pipe: what a child writes to `writeEnd` comes out of `output`, in the order in which it was written. */
export interface OutputPipe {
  output: Socket;
  writeEnd: number;
  /** Once the child has its own. The output ends when the last holder has closed it. */
  closeWriteEnd(): void;
  /** Both ends, unread. */
  close(): void;
}

export interface OutputPipesOptions {
  /** Root’s alone. */
  folder: string;
  /** Who may open the pipe by name; undefined: who made it. */
  owner: { uid?: number; gid?: number };
}

/**
 * Real pipes for stdout and stderr. Node gives its children sockets, and a socket cannot be opened by name: `> /dev/stderr` and
 * `tee /dev/stdout` would fail. A named pipe that belongs to the user can, and one for both streams keeps their order. Made a few at a
 * time and ahead of need, since making one takes a process (mkfifo of coreutils).
 */
export class OutputPipes {
  readonly #options: OutputPipesOptions;
  readonly #ready: string[] = [];
  #made = 0;
  #refill: Promise<void> | undefined;

  constructor(options: OutputPipesOptions) {
    this.#options = options;
  }

  async open(): Promise<OutputPipe> {
    let file = this.#ready.pop();
    while (file === undefined) {
      await this.#makeMore();
      file = this.#ready.pop();
    }
    // A failure shows again, and is heard, when none is left.
    if (this.#ready.length < REFILL_BELOW) this.#makeMore().catch(() => undefined);
    return openPipe(file);
  }

  #makeMore(): Promise<void> {
    this.#refill ??= this.#make().finally(() => {
      this.#refill = undefined;
    });
    return this.#refill;
  }

  async #make(): Promise<void> {
    const { folder, owner } = this.#options;
    if (this.#made === 0) {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true, mode: 0o700 });
    }
    const files = Array.from({ length: PIPES_AT_ONCE }, (_, index) =>
      path.join(folder, String(this.#made + index)),
    );
    this.#made += PIPES_AT_ONCE;
    await run('mkfifo', ['-m', '600', ...files], { timeout: MKFIFO_TIMEOUT_MS });
    const { uid, gid } = owner;
    if (uid !== undefined && gid !== undefined) await Promise.all(files.map((file) => chown(file, uid, gid)));
    this.#ready.push(...files);
  }
}

async function openPipe(file: string): Promise<OutputPipe> {
  // The reader first and without waiting; a writer then finds it there.
  const readEnd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(file, constants.O_WRONLY);
  await unlink(file);
  let isOpen = true;
  const output = new Socket({ fd: readEnd, readable: true, writable: false });
  const closeWriteEnd = () => {
    if (isOpen) closeSync(writeEnd);
    isOpen = false;
  };
  return {
    output,
    writeEnd,
    closeWriteEnd,
    close() {
      closeWriteEnd();
      output.destroy();
    },
  };
}
