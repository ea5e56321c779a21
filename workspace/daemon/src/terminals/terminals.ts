import path from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { PodexError } from '@podex/contracts/errors';
import { newId, type TerminalId } from '@podex/contracts/ids';
import type { CreateTerminalInput, Terminal as TerminalView } from '@podex/contracts/terminals';
import type { PreparedCommand, TerminalCommand } from '../commands/prepared-command.ts';
import type { Logger } from '../logging/logger.ts';
import type { ForkServer } from '../spawning/fork-server.ts';
import type { InheritedDescriptors } from '../spawning/inherited-descriptors.ts';
import type { UserAccount } from '../user/user-account.ts';
import { type SavedTerminal, SavedTerminals } from './saved-terminals.ts';
import { loadEmulator } from './screen.ts';
import { countBusySessions } from './session-processes.ts';
import { Terminal, type TerminalLimits, type TerminalOptions } from './terminal.ts';
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
    maxWaitingInputBytes: 6_291_456,
    killGraceMs: 5_000,
    viewer: VIEWER_LIMITS,
  },
};

export interface TerminalsOptions {
  account: UserAccount;
  inherited: InheritedDescriptors;
  limits: TerminalsLimits;
  /** Where terminals are kept while the daemon does not run. */
  directory: string;
  forkServer: ForkServer;
  logger: Logger;
}

/** Shells that read the user’s profile when asked to with `-l`. */
const LOGIN_SHELLS = new Set(['bash', 'dash', 'fish', 'ksh', 'sh', 'zsh']);

const TERMINAL_VARIABLES = { TERM: 'xterm-256color', COLORTERM: 'truecolor' };

type Opening = Omit<
  TerminalOptions,
  'identity' | 'inherited' | 'forkServer' | 'limits' | 'onEnded' | 'logger'
>;

/** All of them are saved by then, or those that are not begin empty. */
const SAVE_WITHIN_MS = 2_000;

/** The terminals of the workspace. Their shells live as long as the daemon does; what they showed comes back with a new shell. */
export class Terminals {
  readonly #options: TerminalsOptions;
  /** Oldest first. */
  readonly #terminals = new Map<TerminalId, Terminal>();
  readonly #closing = new Set<Promise<void>>();
  readonly #store: SavedTerminals;
  /** Of before the daemon stopped. Each gets its new shell when somebody looks at it. */
  readonly #saved = new Map<TerminalId, SavedTerminal>();
  readonly #waking = new Map<TerminalId, Promise<Terminal>>();
  #loading: Promise<void> | undefined;
  #isStopping = false;
  #opened = 0;
  #opening = 0;

  constructor(options: TerminalsOptions) {
    this.#options = options;
    this.#store = new SavedTerminals(options);
  }

  get runningCount(): number {
    return [...this.#terminals.values()].filter(({ exit }) => exit === undefined).length;
  }

  /** Those in which a program runs beside the shell. */
  async countBusy(): Promise<number> {
    const open = [...this.#terminals.values()].filter(({ exit }) => exit === undefined);
    return countBusySessions(open.map(({ sessionId }) => sessionId));
  }

  async list(): Promise<TerminalView[]> {
    await this.#load();
    const saved = [...this.#saved.values()].map(viewOfSaved);
    const views = [...saved, ...[...this.#terminals.values()].map((terminal) => terminal.view())];
    return views.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** @throws PodexError limit_reached, file_not_found (cwd), invalid_request (shell). */
  async open(input: CreateTerminalInput): Promise<TerminalView> {
    const file = await this.#findShell(input.shell);
    const cwd = await this.#options.account.workingDirectory(input.cwd);
    const terminal = await this.#openAnother(() =>
      this.#startShell({
        ...input,
        id: newId('terminal'),
        name: input.name ?? this.#nextName(),
        file,
        cwd,
      }),
    );
    return terminal.view();
  }

  /** A command that people can watch and type to. */
  prepareCommand({ id, name, argv, cwd, environment, cols, rows }: TerminalCommand): PreparedCommand {
    const output = new PassThrough();
    const [file = '', ...args] = argv;
    const opening = { id: newId('terminal'), name, file, args, cwd, cols, rows };
    const start = () =>
      this.#start({
        ...opening,
        environment: { ...environment, ...TERMINAL_VARIABLES },
        command: { id, output },
      });
    return {
      pipe: { output, closeEnd: () => undefined },
      begin: async () => (await this.#openAnother(start)).process,
      discard: () => output.destroy(),
    };
  }

  /** @throws PodexError terminal_not_found. */
  async rename(id: TerminalId, name: string): Promise<TerminalView> {
    await this.#load();
    await this.#waking.get(id);
    const saved = this.#saved.get(id);
    if (saved === undefined) {
      const terminal = this.#get(id);
      terminal.rename(name);
      return terminal.view();
    }
    const renamed = { ...saved, name };
    await this.#store.write(renamed);
    this.#saved.set(id, renamed);
    return viewOfSaved(renamed);
  }

  /** @throws PodexError limit_reached. */
  async #openAnother(start: () => Promise<Terminal>): Promise<Terminal> {
    await this.#load();
    const { maxRunning } = this.#options.limits;
    if (this.runningCount + this.#opening + this.#saved.size >= maxRunning) {
      const limit = { limit: 'terminals', max: maxRunning };
      throw new PodexError(
        'limit_reached',
        `${maxRunning} terminals are open already. Close one first.`,
        limit,
      );
    }
    this.#opening += 1;
    try {
      return await start();
    } finally {
      this.#opening -= 1;
    }
  }

  /** With a new shell, when it is one of before the daemon stopped. @throws PodexError terminal_not_found. */
  async find(id: TerminalId): Promise<Terminal> {
    await this.#load();
    const saved = this.#saved.get(id);
    if (saved === undefined) return this.#get(id);
    const known = this.#waking.get(id);
    if (known !== undefined) return known;
    const waking = this.#wake(saved).finally(() => this.#waking.delete(id));
    this.#waking.set(id, waking);
    return waking;
  }

  /** It is gone from the list at once; what runs in it gets HUP, then KILL. @throws PodexError terminal_not_found. */
  async close(id: TerminalId): Promise<void> {
    await this.#load();
    await this.#waking.get(id);
    if (this.#saved.delete(id)) {
      await this.#store.remove(id);
      return;
    }
    const terminal = this.#get(id);
    this.#terminals.delete(id);
    this.#forgetSaved(id);
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

  /** Ends all of them, at the latest after `graceMs` beyond the time that saving them takes. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    const open = [...this.#terminals.values()];
    this.#terminals.clear();
    await Promise.race([this.#save(open.filter(({ isKept }) => isKept)), pause(SAVE_WITHIN_MS)]);
    for (const terminal of open) terminal.dismissViewers();
    await Promise.allSettled([...open.map((terminal) => terminal.close(graceMs)), ...this.#closing]);
    for (const terminal of open) terminal.dispose();
  }

  #get(id: TerminalId): Terminal {
    const terminal = this.#terminals.get(id);
    if (terminal === undefined) throw new PodexError('terminal_not_found', `There is no terminal ${id}.`, {});
    return terminal;
  }

  #load(): Promise<void> {
    this.#loading ??= this.#store.list(this.#options.limits.maxRunning).then((saved) => {
      for (const one of saved) this.#saved.set(one.id, one);
    });
    return this.#loading;
  }

  async #save(terminals: readonly Terminal[]): Promise<void> {
    const saving = terminals.map(async (terminal) => this.#store.write(await terminal.save()));
    for (const result of await Promise.allSettled(saving)) {
      if (result.status === 'rejected')
        this.#options.logger.error({ err: result.reason }, 'terminal.save_failed');
    }
  }

  /** Where the shell or the folder is gone, as a terminal that is opened without saying which. */
  async #wake(saved: SavedTerminal): Promise<Terminal> {
    const { account } = this.#options;
    const file = await this.#findShell(saved.shell).catch(() => account.loginShell());
    const cwd = await account.workingDirectory(saved.cwd).catch(() => account.workingDirectory(undefined));
    const terminal = await this.#startShell({ ...saved, file, cwd, past: saved });
    this.#saved.delete(saved.id);
    return terminal;
  }

  #forgetSaved(id: TerminalId): void {
    if (this.#isStopping) return;
    this.#store
      .remove(id)
      .catch((error: unknown) => this.#options.logger.warn({ err: error }, 'terminal.forget_failed'));
  }

  /** The first that none has. */
  #nextName(): string {
    const taken = new Set([...this.#saved.values()].map(({ name }) => name));
    do this.#opened += 1;
    while (taken.has(`Terminal ${this.#opened}`));
    return `Terminal ${this.#opened}`;
  }

  #startShell(
    shell: Pick<TerminalOptions, 'id' | 'name' | 'file' | 'cwd' | 'cols' | 'rows' | 'past'>,
  ): Promise<Terminal> {
    const { id, name, file, cwd, cols, rows, past } = shell;
    return this.#start({
      ...{ id, name, file, cwd, cols, rows },
      args: LOGIN_SHELLS.has(path.basename(file)) ? ['-l'] : [],
      environment: this.#options.account.environment(file, TERMINAL_VARIABLES),
      ...(past === undefined ? {} : { past }),
    });
  }

  async #start(opening: Opening): Promise<Terminal> {
    const { account, forkServer, inherited, limits, logger } = this.#options;
    const emulator = await loadEmulator();
    const terminal = await Terminal.start(
      {
        ...opening,
        identity: account.identity,
        inherited,
        forkServer,
        limits: limits.terminal,
        onEnded: (ended) => {
          this.#forgetSaved(ended.id);
          this.#forgetLater(ended);
        },
        logger,
      },
      emulator,
    );
    this.#terminals.set(terminal.id, terminal);
    return terminal;
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

function viewOfSaved({ id, name, cols, rows, created_at }: SavedTerminal): TerminalView {
  return { id, name, cols, rows, created_at, status: 'running', command_id: null };
}
