import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import { newId, type TerminalId } from '@podex/contracts/ids';
import type { CreateTerminalInput, Terminal as TerminalView } from '@podex/contracts/terminals';
import type { Logger } from '../logging/logger.ts';
import type { InheritedDescriptors } from '../spawning/inherited-descriptors.ts';
import type { UserAccount } from '../user/user-account.ts';
import { loadEmulator } from './screen.ts';
import { countBusySessions } from './session-processes.ts';
import { Terminal, type TerminalLimits } from './terminal.ts';
import { VIEWER_LIMITS } from './viewer.ts';

export interface TerminalsLimits {
  maxRunning: number;
  /** Terminals that have exited are shown that long, and at most that many. */
  keepExitedMs: number;
  maxExited: number;
  terminal: TerminalLimits;
}

export const TERMINALS_LIMITS: TerminalsLimits = {
  maxRunning: 32,
  keepExitedMs: 600_000,
  maxExited: 16,
  terminal: {
    maxOutputBytes: 2_097_152,
    pauseAboveBytes: 262_144,
    resumeBelowBytes: 65_536,
    killGraceMs: 5_000,
    viewer: VIEWER_LIMITS,
  },
};

export interface TerminalsOptions {
  account: UserAccount;
  inherited: InheritedDescriptors;
  limits: TerminalsLimits;
  /** Called before a terminal’s process is started. */
  beforeStart: () => void;
  logger: Logger;
}

/** Shells that read the user’s profile when asked to with `-l`. */
const LOGIN_SHELLS = new Set(['bash', 'dash', 'fish', 'ksh', 'sh', 'zsh']);

/** The terminals of the workspace. They live as long as the daemon does. */
export class Terminals {
  readonly #options: TerminalsOptions;
  /** Oldest first. */
  readonly #terminals = new Map<TerminalId, Terminal>();
  readonly #closing = new Set<Promise<void>>();
  #opened = 0;
  #opening = 0;

  constructor(options: TerminalsOptions) {
    this.#options = options;
  }

  get runningCount(): number {
    return [...this.#terminals.values()].filter(({ exit }) => exit === undefined).length;
  }

  /** Those in which a program runs beside the shell. */
  async countBusy(): Promise<number> {
    const open = [...this.#terminals.values()].filter(({ exit }) => exit === undefined);
    return countBusySessions(open.map(({ sessionId }) => sessionId));
  }

  list(): TerminalView[] {
    return [...this.#terminals.values()].map((terminal) => terminal.view());
  }

  /** @throws PodexError limit_reached, file_not_found (cwd), invalid_request (shell). */
  async open(input: CreateTerminalInput): Promise<TerminalView> {
    const { maxRunning } = this.#options.limits;
    if (this.runningCount + this.#opening >= maxRunning) {
      const limit = { limit: 'terminals', max: maxRunning };
      throw new PodexError(
        'limit_reached',
        `${maxRunning} terminals are open already. Close one first.`,
        limit,
      );
    }
    this.#opening += 1;
    try {
      const terminal = await this.#start(input);
      this.#terminals.set(terminal.id, terminal);
      return terminal.view();
    } finally {
      this.#opening -= 1;
    }
  }

  /** @throws PodexError terminal_not_found. */
  get(id: TerminalId): Terminal {
    const terminal = this.#terminals.get(id);
    if (terminal === undefined) throw new PodexError('terminal_not_found', `There is no terminal ${id}.`, {});
    return terminal;
  }

  /** It is gone from the list at once; what runs in it gets HUP, then KILL. @throws PodexError terminal_not_found. */
  close(id: TerminalId): void {
    const terminal = this.get(id);
    this.#terminals.delete(id);
    const closing = terminal
      .close()
      .catch((error: unknown) =>
        this.#options.logger.error({ err: error, terminal_id: id }, 'terminal.close_failed'),
      )
      .finally(() => {
        terminal.dispose();
        this.#closing.delete(closing);
      });
    this.#closing.add(closing);
  }

  /** Ends all of them, at the latest after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    const open = [...this.#terminals.values()];
    this.#terminals.clear();
    await Promise.allSettled([...open.map((terminal) => terminal.close(graceMs)), ...this.#closing]);
    for (const terminal of open) terminal.dispose();
  }

  async #start(input: CreateTerminalInput): Promise<Terminal> {
    const { account, beforeStart, inherited, limits, logger } = this.#options;
    const file = await this.#findShell(input.shell);
    const cwd = await account.workingDirectory(input.cwd);
    const bashPath = await account.findExecutable('bash');
    const emulator = await loadEmulator();
    beforeStart();
    this.#opened += 1;
    return new Terminal(
      {
        id: newId('terminal'),
        name: input.name ?? `Terminal ${this.#opened}`,
        file,
        args: LOGIN_SHELLS.has(path.basename(file)) ? ['-l'] : [],
        cwd,
        environment: account.environment(file, { TERM: 'xterm-256color', COLORTERM: 'truecolor' }),
        identity: account.identity,
        inherited,
        bashPath,
        cols: input.cols,
        rows: input.rows,
        limits: limits.terminal,
        onEnded: (ended) => this.#forgetLater(ended),
        logger,
      },
      emulator,
    );
  }

  async #findShell(shell: string | undefined): Promise<string> {
    const { account } = this.#options;
    if (shell === undefined) return account.loginShell();
    const file = await account.findExecutable(shell);
    if (file === undefined) throw new PodexError('invalid_request', `There is no program ${shell}.`, {});
    return file;
  }

  #forgetLater(terminal: Terminal): void {
    const { keepExitedMs, maxExited } = this.#options.limits;
    setTimeout(() => this.#forget(terminal), keepExitedMs).unref();
    const exited = [...this.#terminals.values()].filter(({ exit }) => exit !== undefined);
    for (const oldest of exited.slice(0, Math.max(0, exited.length - maxExited))) this.#forget(oldest);
  }

  #forget(terminal: Terminal): void {
    if (this.#terminals.delete(terminal.id)) terminal.dispose();
  }
}
