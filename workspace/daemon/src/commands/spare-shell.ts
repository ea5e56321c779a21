import { constants } from 'node:fs';
import type { Writable } from 'node:stream';
import type { ForkServer, LaunchedProcess } from '../spawning/fork-server.ts';
import type { OutputPipe, Pipes } from '../spawning/pipes.ts';
import { signalGroup } from '../spawning/process-group.ts';
import type { UserAccount } from '../user/user-account.ts';
import type { PreparedCommand } from './prepared-command.ts';
import { preparationOf } from './shell-script.ts';

export interface SpareShellOptions {
  account: UserAccount;
  pipes: Pipes;
  forkServer: ForkServer;
  /** After one was taken: until its command has had the processors for itself. */
  refillAfterMs: number;
}

/** A shell that waits for its command, and the pipe that its output goes to. */
interface Spare {
  file: string;
  environment: Record<string, string>;
  process: LaunchedProcess;
  script: Writable;
  pipe: OutputPipe;
}

export interface CommandForShell {
  command: string;
  /** The file of the shell that it wants. */
  shell: string;
  cwd: string;
  environment: Readonly<Record<string, string>>;
}

const NOTHING = { path: '/dev/null', flags: constants.O_RDONLY };
const SCRIPT_DESCRIPTOR = 3;
/** For one that somebody killed, who may do so again. */
const REPLACE_AFTER_MS = 1_000;
/** Apart, so that an error in the command’s syntax does not show the variables. */
const WAITING = `IFS= read -r -d "" -u ${SCRIPT_DESCRIPTOR} PODEX_PREPARATION; IFS= read -r -d "" -u ${SCRIPT_DESCRIPTOR} PODEX_COMMAND || exit; exec ${SCRIPT_DESCRIPTOR}<&-; eval "unset PODEX_PREPARATION; $PODEX_PREPARATION"; eval "unset PODEX_COMMAND; $PODEX_COMMAND"`;

/**
 * A bash that was started ahead of need. Inside gVisor a new process costs 30 to 50 ms, whatever it is; from writing a command to one
 * that waits to its first output takes 6. It knows nothing of the workspace before it is given a command, so that it may wait in a
 * container that belongs to nobody yet. What only a new process does right is left to one.
 */
export class SpareShell {
  readonly #options: SpareShellOptions;
  #spare: Spare | undefined;
  #making: Promise<void> | undefined;
  #refill: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: SpareShellOptions) {
    this.#options = options;
  }

  /** Resolves when one waits, or cannot: then every command starts a process. */
  async prepare(): Promise<void> {
    if (this.#spare !== undefined || this.#isStopped) return;
    this.#making ??= this.#make()
      .catch(() => undefined)
      .finally(() => {
        this.#making = undefined;
      });
    await this.#making;
  }

  /** Resolves when one that is being made is there: that is sooner than one that is begun now. */
  async settle(): Promise<void> {
    await this.#making;
  }

  /** Undefined when none waits, or the command needs a process of its own. */
  take({ command, shell, cwd, environment }: CommandForShell): PreparedCommand | undefined {
    const spare = this.#spare;
    if (spare === undefined || spare.file !== shell) return undefined;
    const preparation = preparationOf({ command, cwd, base: spare.environment, environment });
    if (preparation === undefined) return undefined;
    this.#spare = undefined;
    this.#prepareAfter(this.#options.refillAfterMs);
    return {
      pipe: spare.pipe,
      begin: async () => {
        spare.script.end(`${preparation}\0${command}\0`);
        return spare.process;
      },
      discard: () => discard(spare),
    };
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#refill);
    if (this.#spare !== undefined) discard(this.#spare);
    this.#spare = undefined;
  }

  #prepareAfter(delayMs: number): void {
    this.#refill ??= setTimeout(() => {
      this.#refill = undefined;
      void this.prepare();
    }, delayMs);
    this.#refill.unref();
  }

  async #make(): Promise<void> {
    const { account, pipes, forkServer } = this.#options;
    const file = await account.findOwnExecutable('bash');
    if (file === undefined) return;
    const environment = account.bareEnvironment(file);
    // It would run before the command’s variables are known.
    if ('BASH_ENV' in environment) return;
    const [pipe, script] = [await pipes.openOutput(), await pipes.openInput()];
    // What is written to a shell that was killed is lost with it: the command is told as killed.
    script.input.on('error', () => undefined);
    try {
      const process = await forkServer.launch({
        file,
        argv: [file, '-c', WAITING],
        environment,
        cwd: account.homePath,
        identity: account.identity,
        descriptors: [NOTHING, pipe.end, { like: 1 }, script.end],
      });
      this.#keep({ file, environment, process, script: script.input, pipe });
    } catch (error) {
      pipe.close();
      script.input.destroy();
      throw error;
    } finally {
      pipe.closeEnd();
      script.closeEnd();
    }
  }

  #keep(spare: Spare): void {
    void spare.process.ended.then(() => {
      if (this.#spare !== spare) return;
      this.#spare = undefined;
      release(spare);
      this.#prepareAfter(REPLACE_AFTER_MS);
    });
    if (this.#isStopped) discard(spare);
    else this.#spare = spare;
  }
}

function discard(spare: Spare): void {
  signalGroup(spare.process.pid, 'SIGKILL');
  release(spare);
}

function release({ script, pipe }: Spare): void {
  script.destroy();
  pipe.close();
}
