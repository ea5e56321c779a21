import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { InheritedDescriptors } from '../spawning/inherited-descriptors.ts';
import type { UserAccount } from '../user/user-account.ts';
import type { OutputPipe, OutputPipes } from './output-pipe.ts';
import type { PreparedCommand } from './prepared-command.ts';
import { preparationOf } from './shell-script.ts';

export interface SpareShellOptions {
  account: UserAccount;
  pipes: OutputPipes;
  inherited: InheritedDescriptors;
  /** After one was taken: until its command has had the processors for itself. */
  refillAfterMs: number;
}

/** A shell that waits for its command, and the pipe that its output goes to. */
interface Spare {
  file: string;
  environment: Record<string, string>;
  child: ChildProcess;
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

const SCRIPT_DESCRIPTOR = 3;
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

  /** Undefined when none waits, or the command needs a process of its own. */
  take({ command, shell, cwd, environment }: CommandForShell): PreparedCommand | undefined {
    const spare = this.#spare;
    if (spare === undefined || spare.file !== shell) return undefined;
    const preparation = preparationOf({ command, cwd, base: spare.environment, environment });
    if (preparation === undefined) return undefined;
    this.#spare = undefined;
    this.#refill ??= setTimeout(() => {
      this.#refill = undefined;
      void this.prepare();
    }, this.#options.refillAfterMs);
    this.#refill.unref();
    return {
      pipe: spare.pipe,
      begin: () => {
        spare.script.end(`${preparation}\0${command}\0`);
        return spare.child;
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

  async #make(): Promise<void> {
    const { account, pipes, inherited } = this.#options;
    const file = await account.findOwnExecutable('bash');
    if (file === undefined) return;
    const environment = account.bareEnvironment(file);
    // It would run before the command’s variables are known.
    if ('BASH_ENV' in environment) return;
    const pipe = await pipes.open();
    const child = spawn(file, ['-c', WAITING], {
      ...account.identity,
      cwd: account.homePath,
      env: environment,
      detached: true,
      stdio: inherited.cover(['ignore', pipe.writeEnd, pipe.writeEnd, 'pipe']),
    });
    // A command that was taken meanwhile hears of it as of its own end.
    child.on('error', () => undefined);
    const script = child.stdio[SCRIPT_DESCRIPTOR];
    if (child.pid === undefined || script === null || script === undefined || !('end' in script)) {
      pipe.close();
      return;
    }
    pipe.closeWriteEnd();
    script.on('error', () => undefined);
    const spare: Spare = { file, environment, child, script, pipe };
    child.once('exit', () => {
      if (this.#spare !== spare) return;
      this.#spare = undefined;
      pipe.close();
    });
    if (this.#isStopped) discard(spare);
    else this.#spare = spare;
  }
}

function discard({ script, child, pipe }: Spare): void {
  script.destroy();
  child.kill('SIGKILL');
  pipe.close();
}
