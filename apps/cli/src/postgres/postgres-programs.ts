import { chown } from 'node:fs/promises';
import { execa } from 'execa';
import type { SystemUser } from '../machine/system-user.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';

const RUN_TIMEOUT_MS = 120_000;

interface RunOptions {
  /** A folder that the database's user may be in. */
  cwd: string;
  /** Given to the program on its standard input. */
  input?: string;
  /** In milliseconds. Default 120 000. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

/** PostgreSQL's programs, run as the database's user. */
export class PostgresPrograms {
  readonly user: SystemUser | undefined;
  private readonly binaries: PostgresBinaries;

  constructor(binaries: PostgresBinaries, user: SystemUser | undefined) {
    this.binaries = binaries;
    this.user = user;
  }

  /** @throws ExecaError with the program's standard error. */
  async run(
    program: keyof PostgresBinaries['programs'],
    arguments_: string[],
    options: RunOptions,
  ): Promise<void> {
    await execa(this.binaries.programs[program], arguments_, {
      ...(this.user ? { uid: this.user.uid, gid: this.user.gid } : {}),
      cwd: options.cwd,
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' },
      extendEnv: false,
      timeout: options.timeoutMs ?? RUN_TIMEOUT_MS,
      // The database inherits the outputs of the pg_ctl that starts it: a pipe would stay open as long as it runs.
      stdout: 'ignore',
      ...(program === 'pg_ctl' ? { stderr: 'ignore' as const } : {}),
      ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
      ...(options.signal ? { cancelSignal: options.signal } : {}),
    });
  }

  /** Gives a file to the database's user. */
  async own(file: string): Promise<void> {
    if (this.user) await chown(file, this.user.uid, this.user.gid);
  }
}
