import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { SearchRequest } from './search-request.ts';

type Child = ChildProcessByStdio<null, Readable, Readable>;

/**
 * A run of ripgrep, or of whatever the user has put in its place: it and what it started in its group end with the time of the
 * search, with the wish for it and at dispose, and nobody waits for a process that left the group and keeps the output open.
 */
export class RipgrepProcess implements Disposable {
  readonly #child: Child;
  readonly #timer: NodeJS.Timeout;
  readonly #signal: AbortSignal;
  #isStopped = false;

  constructor(program: string, args: readonly string[], { folder, timeoutMs, signal }: SearchRequest) {
    this.#child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Globs with a slash are read from here on.
      cwd: folder,
      detached: true,
    });
    this.#timer = setTimeout(this.stop, timeoutMs);
    this.#signal = signal;
    signal.addEventListener('abort', this.stop);
  }

  get stdout(): Readable {
    return this.#child.stdout;
  }

  get stderr(): Readable {
    return this.#child.stderr;
  }

  /** It did not come to its own end. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** @throws when it could not be started. */
  async ended(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) await once(this.#child, 'exit');
  }

  readonly stop = (): void => {
    if (this.#isStopped) return;
    this.#isStopped = true;
    const { pid, exitCode, signalCode } = this.#child;
    // Of one that has ended the group’s number may be another’s by now.
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
  };

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.stop);
    this.stop();
  }
}
