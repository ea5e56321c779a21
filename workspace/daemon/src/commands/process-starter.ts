import { constants } from 'node:fs';
import type { RunCommandInput } from '@podex/contracts/commands';
import type { CommandId } from '@podex/contracts/ids';
import { plainText } from '@podex/contracts/plain-text';
import type { ForkServer, LaunchedProcess } from '../spawning/fork-server.ts';
import type { Launch } from '../spawning/launch-message.ts';
import type { Pipes } from '../spawning/pipes.ts';
import { findExecutable } from '../user/find-executable.ts';
import type { LoginPath } from '../user/login-path.ts';
import type { UserAccount } from '../user/user-account.ts';
import { markOf } from './command-processes.ts';
import type { PreparedCommand, TerminalCommand } from './prepared-command.ts';
import type { ReadOnlyCommands } from './read-only-commands.ts';
import { fitsArgument, openScript, type ScriptFile, scriptReader } from './script-file.ts';
import type { SpareShell } from './spare-shell.ts';

export interface ProcessStarterOptions {
  account: UserAccount;
  loginPath: LoginPath;
  pipes: Pipes;
  spare: SpareShell;
  forkServer: ForkServer;
  readOnly: ReadOnlyCommands;
  prepareTerminal: (command: TerminalCommand) => PreparedCommand;
  /** Root’s alone; for commands that are too long to be an argument. */
  scriptsFolder: string;
}

interface OwnProcess {
  argv: readonly string[];
  cwd: string;
  environment: Record<string, string>;
  script?: ScriptFile;
  isReadOnly: boolean;
}

const NOTHING = { path: '/dev/null', flags: constants.O_RDONLY };
const SHELL = '/bin/sh';
const NAME_LENGTH = 40;

/** Prepares commands: in the shell that waits for one, or as a process of their own. */
export class ProcessStarter {
  readonly #options: ProcessStarterOptions;

  constructor(options: ProcessStarterOptions) {
    this.#options = options;
  }

  async prepare(
    id: CommandId,
    { command, argv, read_only_command: readOnly, env, terminal }: RunCommandInput,
    cwd: string,
  ): Promise<PreparedCommand> {
    const { account, loginPath, spare, scriptsFolder, prepareTerminal } = this.#options;
    const [shell, searchPath] = await Promise.all([this.#shell(), loginPath.current()]);
    const ofLogin = searchPath === undefined ? {} : { PATH: searchPath };
    const environment = account.environment(shell, { ...ofLogin, ...env, ...markOf(id) });
    if (argv !== undefined) return this.#own({ argv, cwd, environment, isReadOnly: false });
    const isReadOnly = readOnly !== undefined;
    const text = readOnly ?? command ?? '';
    if (!fitsArgument(text)) {
      const script = await openScript(scriptsFolder, text);
      try {
        const reading = [shell, '-c', scriptReader(shell)];
        return await this.#own({ argv: reading, cwd, environment, script, isReadOnly });
      } catch (error) {
        script.close();
        throw error;
      }
    }
    if (terminal !== undefined) {
      const { name = nameOf(text), ...size } = terminal;
      return prepareTerminal({ id, name, argv: [shell, '-c', text], cwd, environment, ...size });
    }
    const own = { argv: [shell, '-c', text], cwd, environment, isReadOnly };
    // The shell that waits may write.
    if (isReadOnly) return this.#own(own);
    await spare.settle();
    return spare.take({ command: text, shell, cwd, environment }) ?? this.#own(own);
  }

  async #shell(): Promise<string> {
    const { account } = this.#options;
    return (await account.findExecutable('bash')) ?? (await account.findExecutable('sh')) ?? '/bin/sh';
  }

  async #own({ isReadOnly, argv, cwd, environment, script }: OwnProcess): Promise<PreparedCommand> {
    const { account, pipes, forkServer, readOnly } = this.#options;
    const reader = isReadOnly ? readOnly.reserve() : undefined;
    const pipe = await pipes.openOutput(reader?.owner).catch((error: unknown) => {
      reader?.release();
      throw error;
    });
    const launch: Launch = {
      file: argv[0] ?? '',
      argv,
      environment: { ...environment, ...reader?.environment },
      cwd,
      identity: account.identity,
      descriptors: [NOTHING, pipe.end, { like: 1 }, ...(script === undefined ? [] : [script.end])],
    };
    return {
      pipe,
      begin: () => launchAsShell(reader ?? forkServer, launch).finally(() => script?.close()),
      discard() {
        pipe.close();
        script?.close();
        reader?.release();
      },
    };
  }
}

/** Of a command line, for people: its first line, cut. */
function nameOf(text: string): string {
  const line = plainText(text).trim().split('\n', 1)[0]?.trim() ?? '';
  const name = [...line].slice(0, NAME_LENGTH).join('');
  return name.length < line.length ? `${name}…` : name || 'command';
}

type Launcher = Pick<ForkServer, 'launch'>;

/** The file is looked for on PATH, and one that is no program is a script of `sh`, as execvp(3) has it. */
async function launchAsShell(launcher: Launcher, launch: Launch): Promise<LaunchedProcess> {
  const { file: name, argv, environment } = launch;
  const file = name.includes('/') ? name : await findExecutable(name, environment.PATH ?? '');
  if (file === undefined) throw Object.assign(new Error(`${name}: command not found`), { code: 'ENOENT' });
  try {
    return await launcher.launch({ ...launch, file });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'ENOEXEC') {
      return launcher.launch({ ...launch, file: SHELL, argv: [SHELL, file, ...argv.slice(1)] });
    }
    throw Object.assign(new Error(`${name}: ${error.message}`, { cause: error }), { code: error.code });
  }
}
