import { spawn } from 'node:child_process';
import type { RunCommandInput } from '@podex/contracts/commands';
import type { InheritedDescriptors } from '../spawning/inherited-descriptors.ts';
import type { UserAccount } from '../user/user-account.ts';
import type { OutputPipes } from './output-pipe.ts';
import type { PreparedCommand } from './prepared-command.ts';
import type { SpareShell } from './spare-shell.ts';

export interface ProcessStarterOptions {
  account: UserAccount;
  pipes: OutputPipes;
  spare: SpareShell;
  inherited: InheritedDescriptors;
}

/** Prepares commands: in the shell that waits for one, or as a process of their own. */
export class ProcessStarter {
  readonly #options: ProcessStarterOptions;

  constructor(options: ProcessStarterOptions) {
    this.#options = options;
  }

  async prepare({ command, argv, env }: RunCommandInput, cwd: string): Promise<PreparedCommand> {
    const { account, spare } = this.#options;
    const shell = (await account.findExecutable('bash')) ?? (await account.findExecutable('sh')) ?? '/bin/sh';
    const environment = account.environment(shell, env);
    const text = argv === undefined ? (command ?? '') : undefined;
    const waiting = text === undefined ? undefined : spare.take({ command: text, shell, cwd, environment });
    return waiting ?? this.#own(argv ?? [shell, '-c', text ?? ''], cwd, environment);
  }

  async #own(
    argv: readonly string[],
    cwd: string,
    environment: Record<string, string>,
  ): Promise<PreparedCommand> {
    const { account, pipes, inherited } = this.#options;
    const [file = '', ...args] = argv;
    const pipe = await pipes.open();
    return {
      pipe,
      begin: () =>
        spawn(file, args, {
          ...account.identity,
          cwd,
          env: environment,
          detached: true,
          stdio: inherited.cover(['ignore', pipe.writeEnd, pipe.writeEnd]),
        }),
      discard: () => pipe.close(),
    };
  }
}
