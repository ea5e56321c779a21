import path from 'node:path';
import { type IPty, spawn } from '@lydell/node-pty';
import { plainText } from '@podex/contracts/plain-text';
import { waitUntil } from '@podex/service-kit/waiting';

const MAIN = path.join(import.meta.dirname, '../src/main.ts');
const TIMEOUT_MS = 120_000;
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`);
export const CTRL_C = '\u0003';

/** `podex` on a terminal, with a person who reads and types. */
export class PodexTerminal implements Disposable {
  /** As it came, with its colours. */
  raw = '';
  readonly #pty: IPty;
  #exitCode: number | undefined;
  /** Up to where the person has read. */
  #read = 0;

  constructor(words: readonly string[], env: Record<string, string | undefined>) {
    this.#pty = spawn(process.execPath, [MAIN, ...words], {
      name: 'xterm-256color',
      cols: 100,
      rows: 40,
      env: { ...env, TERM: 'xterm-256color' },
    });
    this.#pty.onData((data) => {
      this.raw += data;
    });
    this.#pty.onExit(({ exitCode }) => {
      this.#exitCode = exitCode;
    });
  }

  get text(): string {
    return plainText(this.raw);
  }

  /** Until it says this, behind what was read before; colours are left out. */
  async read(expected: string): Promise<void> {
    const reading = waitUntil(
      async () => {
        const at = withoutColours(this.raw).indexOf(expected, this.#read);
        if (at !== -1) this.#read = at + expected.length;
        else if (this.#exitCode !== undefined) throw new Error('it has ended');
        return at === -1 ? undefined : true;
      },
      { timeoutMs: TIMEOUT_MS, everyMs: 20 },
    );
    await reading.catch((cause: unknown) => {
      throw new Error(`“${expected}” is not there:\n${this.text}`, { cause });
    });
  }

  type(text: string): void {
    this.#pty.write(text);
  }

  /** @returns the exit code. */
  end(): Promise<number> {
    return waitUntil(async () => this.#exitCode, { timeoutMs: TIMEOUT_MS, everyMs: 20 });
  }

  [Symbol.dispose](): void {
    if (this.#exitCode === undefined) this.#pty.kill('SIGKILL');
  }
}

function withoutColours(text: string): string {
  return text.split(COLOUR).join('');
}
