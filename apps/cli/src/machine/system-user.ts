import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { CliError } from '../cli-error.ts';

/** A user of this machine that runs a part of Podex when Podex itself runs as root. */
export interface SystemUser {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

const PASSWD = '/etc/passwd';
const CREATE_TIMEOUT_MS = 30_000;

/**
 * The system user of that name, created if it is missing: no password, no shell, no home.
 *
 * @throws CliError when it cannot be created.
 */
export async function ensureSystemUser(name: string): Promise<{ user: SystemUser; isNew: boolean }> {
  const known = await readSystemUser(name);
  if (known) return { user: known, isNew: false };
  const arguments_ = [
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir=/nonexistent',
    '--shell=/usr/sbin/nologin',
    name,
  ];
  try {
    await execa('useradd', arguments_, { timeout: CREATE_TIMEOUT_MS });
  } catch (error) {
    throw new CliError(`the system user '${name}' cannot be created`, {
      cure: `create it: useradd ${arguments_.join(' ')}`,
      cause: error,
    });
  }
  const created = await readSystemUser(name);
  if (created) return { user: created, isNew: true };
  throw new CliError(`useradd made no user '${name}'`, { cure: `getent passwd ${name}` });
}

/** Undefined when this machine has no such user. */
export async function readSystemUser(name: string): Promise<SystemUser | undefined> {
  return findUser(await readFile(PASSWD, 'utf8'), ({ name: known }) => known === name);
}

/** The name of a uid; the uid itself when nobody has it. */
export async function userNameOf(uid: number): Promise<string> {
  return findUser(await readFile(PASSWD, 'utf8'), (user) => user.uid === uid)?.name ?? String(uid);
}

/** The first user that fits, from the text of `/etc/passwd`. */
export function findUser(passwd: string, fits: (user: SystemUser) => boolean): SystemUser | undefined {
  for (const line of passwd.split('\n')) {
    const [name = '', , uid, gid, , home = '/'] = line.split(':');
    const user = { name, uid: Number(uid), gid: Number(gid), home };
    if (name !== '' && fits(user)) return user;
  }
  return undefined;
}
