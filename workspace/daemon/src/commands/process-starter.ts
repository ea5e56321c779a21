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
import { fitsArgument, openScript, type ScriptFile, scriptReader } from './script-file.ts';
import type { SpareShell } from './spare-shell.ts';

export interface ProcessStarterOptions {
  account: UserAccount;
  loginPath: LoginPath;
  pipes: Pipes;
  spare: SpareShell;
  forkServer: ForkServer;
  prepareTerminal: (command: TerminalCommand) => PreparedCommand;
  /** Root’s alone; for commands that are too long to be an argument. */
  scriptsFolder: string;
}

interface OwnProcess {
  argv: readonly string[];
  cwd: string;
  environment: Record<string, string>;
  script?: ScriptFile;
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
    { command, argv, env, terminal }: RunCommandInput,
    cwd: string,
  ): Promise<PreparedCommand> {
    const { account, loginPath, spare, scriptsFolder, prepareTerminal } = this.#options;
    const [shell, searchPath] = await Promise.all([this.#shell(), loginPath.current()]);
    const ofLogin = searchPath === undefined ? {} : { PATH: searchPath };
    const environment = account.environment(shell, { ...ofLogin, ...env, ...markOf(id) });
    if (argv !== undefined) return this.#own({ argv, cwd, environment });
    const text = command ?? '';
    if (!fitsArgument(text)) {
      const script = await openScript(scriptsFolder, text);
      try {
        return await this.#own({ argv: [shell, '-c', scriptReader(shell)], cwd, environment, script });
      } catch (error) {
        script.close();
        throw error;
      }
    }
    if (terminal !== undefined) {
      const { name = nameOf(text), ...size } = terminal;
      return prepareTerminal({ id, name, argv: [shell, '-c', text], cwd, environment, ...size });
    }
    await spare.settle();
    const waiting = spare.take({ command: text, shell, cwd, environment });
    return waiting ?? this.#own({ argv: [shell, '-c', text], cwd, environment });
  }

  async #shell(): Promise<string> {
    const { account } = this.#options;
    return (await account.findExecutable('bash')) ?? (await account.findExecutable('sh')) ?? '/bin/sh';
  }

  async #own({ argv, cwd, environment, script }: OwnProcess): Promise<PreparedCommand> {
    const { account, pipes, forkServer } = this.#options;
    const pipe = await pipes.openOutput();
    const launch: Launch = {
      file: argv[0] ?? '',
      argv,
      environment,
      cwd,
      identity: account.identity,
      descriptors: [NOTHING, pipe.end, { like: 1 }, ...(script === undefined ? [] : [script.end])],
    };
    return {
      pipe,
      begin: () => launchAsShell(forkServer, launch).finally(() => script?.close()),
      discard() {
        pipe.close();
        script?.close();
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

/** The file is looked for on PATH, and one that is no program is a script of `sh`, as execvp(3) has it. */
async function launchAsShell(forkServer: ForkServer, launch: Launch): Promise<LaunchedProcess> {
  const { file: name, argv, environment } = launch;
  const file = name.includes('/') ? name : await findExecutable(name, environment.PATH ?? '');
  if (file === undefined) throw Object.assign(new Error(`${name}: command not found`), { code: 'ENOENT' });
  try {
    return await forkServer.launch({ ...launch, file });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'ENOEXEC') {
      return forkServer.launch({ ...launch, file: SHELL, argv: [SHELL, file, ...argv.slice(1)] });
    }
    throw Object.assign(new Error(`${name}: ${error.message}`, { cause: error }), { code: error.code });
  }
}
