import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { CliError } from '../cli-error.ts';

/** Whom the database runs as when Podex runs as root: PostgreSQL refuses root. */
export interface SystemUser {
  name: string;
  uid: number;
  gid: number;
}

const USER_NAME = 'podex';
const CREATE_TIMEOUT_MS = 30_000;

/**
 * The user of the database, created if it is missing; undefined when this process is not root's, because then
 * the database runs as whoever runs this.
 *
 * @throws CliError when the user cannot be created.
 */
export async function ensurePostgresUser(): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const known = findUser(await readFile('/etc/passwd', 'utf8'), USER_NAME);
  if (known) return known;
  const arguments_ = [
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir=/nonexistent',
    '--shell=/usr/sbin/nologin',
    USER_NAME,
  ];
  try {
    await execa('useradd', arguments_, { timeout: CREATE_TIMEOUT_MS });
  } catch (error) {
    throw new CliError(`the database's user '${USER_NAME}' cannot be created`, {
      cure: `create it: useradd ${arguments_.join(' ')}`,
      cause: error,
    });
  }
  const created = findUser(await readFile('/etc/passwd', 'utf8'), USER_NAME);
  if (created) return created;
  throw new CliError(`useradd made no user '${USER_NAME}'`, { cure: `getent passwd ${USER_NAME}` });
}

/** A user's ids from the text of `/etc/passwd`. */
export function findUser(passwd: string, name: string): SystemUser | undefined {
  for (const line of passwd.split('\n')) {
    const [user, , uid, gid] = line.split(':');
    if (user === name) return { name, uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}
