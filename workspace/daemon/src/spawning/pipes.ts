import { chownSync, closeSync, constants, openSync } from 'node:fs';
import { mkdir, rm, unlink } from 'node:fs/promises';
import { Socket } from 'node:net';
import path from 'node:path';
import type { ForkServer } from './fork-server.ts';
import type { LaunchDescriptor } from './launch-message.ts';

const MADE_AT_ONCE = 16;
const REFILL_BELOW = 4;

/** One pipe: what a child writes comes out of `output`, in the order in which it was written. */
export interface OutputPipe {
  output: Socket;
  /** For the child. */
  end: LaunchDescriptor;
  /** Once the child has its own. The output ends when the last holder has closed it. */
  closeEnd(): void;
  /** Both ends, unread. */
  close(): void;
}

/** The other way: what is written to `input` is for the child to read. */
export interface InputPipe {
  input: Socket;
  end: LaunchDescriptor;
  closeEnd(): void;
}

export interface PipesOptions {
  /** Root’s alone. */
  folder: string;
  /** Who may open a pipe of output by name; undefined: who made it. */
  owner: { uid?: number; gid?: number };
  forkServer: Pick<ForkServer, 'makePipes'>;
}

/**
 * Real pipes between the daemon and what it starts. Node would give its children sockets, and a socket cannot be opened by name:
 * `> /dev/stderr` and `tee /dev/stdout` would fail. A named pipe that belongs to the user can, and one for both streams keeps their
 * order. Made a few at a time and ahead of need.
 */
export class Pipes {
  readonly #options: PipesOptions;
  readonly #ready: string[] = [];
  #made = 0;
  #refill: Promise<void> | undefined;

  constructor(options: PipesOptions) {
    this.#options = options;
  }

  /** `owner`: in place of the usual one. */
  async openOutput(owner = this.#options.owner): Promise<OutputPipe> {
    const file = await this.#take();
    const { uid, gid } = owner;
    if (uid !== undefined && gid !== undefined) chownSync(file, uid, gid);
    const { readEnd, writeEnd } = await openEnds(file);
    const output = new Socket({ fd: readEnd, readable: true, writable: false });
    const closeEnd = closingOnce(writeEnd);
    return {
      output,
      end: ofThisProcess(writeEnd, constants.O_WRONLY),
      closeEnd,
      close() {
        closeEnd();
        output.destroy();
      },
    };
  }

  async openInput(): Promise<InputPipe> {
    const { readEnd, writeEnd } = await openEnds(await this.#take());
    const input = new Socket({ fd: writeEnd, readable: false, writable: true });
    return { input, end: ofThisProcess(readEnd, constants.O_RDONLY), closeEnd: closingOnce(readEnd) };
  }

  async #take(): Promise<string> {
    let file = this.#ready.pop();
    while (file === undefined) {
      await this.#makeMore();
      file = this.#ready.pop();
    }
    // A failure shows again, and is heard, when none is left.
    if (this.#ready.length < REFILL_BELOW) this.#makeMore().catch(() => undefined);
    return file;
  }

  #makeMore(): Promise<void> {
    this.#refill ??= this.#make().finally(() => {
      this.#refill = undefined;
    });
    return this.#refill;
  }

  async #make(): Promise<void> {
    const { folder, forkServer } = this.#options;
    if (this.#made === 0) {
      // With what a daemon before has left.
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true, mode: 0o700 });
    }
    const files = Array.from({ length: MADE_AT_ONCE }, (_, index) =>
      path.join(folder, String(this.#made + index)),
    );
    this.#made += MADE_AT_ONCE;
    await forkServer.makePipes(files);
    this.#ready.push(...files);
  }
}

/** The reader first and without waiting; a writer then finds it there. */
async function openEnds(file: string): Promise<{ readEnd: number; writeEnd: number }> {
  const readEnd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(file, constants.O_WRONLY);
  await unlink(file);
  return { readEnd, writeEnd };
}

/** A child of the fork server opens the end that this process holds: it has no name any more. */
function ofThisProcess(descriptor: number, flags: number): LaunchDescriptor {
  return { path: `/proc/${process.pid}/fd/${descriptor}`, flags };
}

function closingOnce(descriptor: number): () => void {
  let isOpen = true;
  return () => {
    if (isOpen) closeSync(descriptor);
    isOpen = false;
  };
}
