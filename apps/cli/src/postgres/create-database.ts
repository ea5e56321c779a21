import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ExecaError } from 'execa';
import { CliError, errorCode } from '../cli-error.ts';
import type { PostgresPrograms } from './postgres-programs.ts';

export interface CreateDatabaseOptions {
  programs: PostgresPrograms;
  /** For what is half done. */
  directory: string;
  /** Appears whole or not at all. */
  dataDirectory: string;
  role: string;
  password: string;
  database: string;
}

/**
 * Makes the files of a database server with one role and one database. Text is UTF-8 and sorted by code point,
 * alike on every machine.
 *
 * @throws CliError; nothing half made is left.
 */
export async function createDatabase(options: CreateDatabaseOptions): Promise<void> {
  const { programs, directory, dataDirectory, database } = options;
  const scratch = path.join(directory, 'data.new');
  await rm(scratch, { recursive: true, force: true });
  try {
    await mkdir(scratch, { mode: 0o700 });
    await programs.own(scratch);
    await runInitdb(scratch, options);
    // A server of one session that never listens: no client is needed to make the database.
    await programs.run('postgres', ['--single', '-D', scratch, 'postgres'], {
      cwd: directory,
      input: `CREATE DATABASE ${database};\n`,
    });
    await rename(scratch, dataDirectory);
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    throw new CliError(`the database cannot be made in ${directory}: ${reasonOf(error)}`, {
      cure: 'or use a database of your own: DATABASE_URL=postgresql://user:password@host:5432/podex ./podex up',
      cause: error,
    });
  }
}

async function runInitdb(scratch: string, { programs, directory, role, password }: CreateDatabaseOptions) {
  const passwordFile = path.join(directory, 'password.new');
  try {
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    await programs.own(passwordFile);
    await programs.run(
      'initdb',
      [
        `--pgdata=${scratch}`,
        `--username=${role}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C.UTF-8',
        '--data-checksums',
      ],
      { cwd: directory },
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
}

function reasonOf(error: unknown): string {
  if (errorCode(error) === 'ENOSPC') return 'the disk is full';
  if (!(error instanceof ExecaError)) return error instanceof Error ? error.message : String(error);
  const text = String(error.stderr ?? '').trim();
  if (text.includes('No space left on device')) return 'the disk is full';
  return text.split('\n').slice(-3).join(' ') || error.shortMessage;
}
