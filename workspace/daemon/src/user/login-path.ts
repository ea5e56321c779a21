import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { Logger } from '../logging/logger.ts';
import type { InheritedDescriptors } from '../spawning/inherited-descriptors.ts';
import type { UserAccount } from './user-account.ts';

/** What login shells read of the user’s, and the folders that the usual `~/.profile` puts on PATH when they are there. */
const PROFILES = ['.profile', '.bash_profile', '.bash_login', '.bashrc', '.zshenv', '.zprofile'];
const FOLDERS = ['bin', '.local/bin'];
const SKELETON_PATH = '/etc/skel';
/** A profile that takes longer is not for commands. */
const READ_TIMEOUT_MS = 2_000;
const MAX_PATH_CHARACTERS = 32_768;
const MAX_OUTPUT_BYTES = 262_144;
/** Profiles may print as well. */
const SHOW_PATH = `printf '\\n<podex-path>%s</podex-path>\\n' "$PATH"`;
const SHOWN_PATH = /.*<podex-path>([^\0\n]+)<\/podex-path>/s;

export interface LoginPathOptions {
  account: UserAccount;
  inherited: InheritedDescriptors;
  logger: Logger;
}

/**
 * The PATH that the user’s profile sets, so that a program runs in a command as it does in a terminal. To ask a login shell takes a process:
 * that is done once after each change of a profile, and not at all for a profile that came with the home. A change in a file that
 * the profile reads in turn is seen with the next change of the profile itself.
 */
export class LoginPath {
  readonly #options: LoginPathOptions;
  #skeleton: Promise<Map<string, number | undefined>> | undefined;
  #stamp = '';
  #path: Promise<string | undefined> = Promise.resolve(undefined);

  constructor(options: LoginPathOptions) {
    this.#options = options;
  }

  /** Undefined when it is that of the image. */
  async current(): Promise<string | undefined> {
    const { account } = this.#options;
    const { profiles, folders } = await this.#look();
    this.#skeleton ??= readSkeleton();
    const skeleton = await this.#skeleton;
    const isTouched =
      folders.some((stamp) => stamp !== '') ||
      profiles.some(({ name, size }) => size !== undefined && size !== skeleton.get(name));
    const stamp = isTouched
      ? [account.environment('').PATH, ...profiles.map((profile) => profile.stamp), ...folders].join('|')
      : '';
    if (stamp !== this.#stamp) {
      const before = this.#path;
      this.#stamp = stamp;
      this.#path = isTouched ? this.#ask().catch(() => before) : Promise.resolve(undefined);
    }
    return this.#path;
  }

  /** Facts about the files alone: what is in them is read by the user’s own shell. */
  async #look(): Promise<{ profiles: Profile[]; folders: string[] }> {
    const { homePath } = this.#options.account;
    const [profiles, folders] = await Promise.all([
      Promise.all(PROFILES.map((name) => lookAt(homePath, name))),
      Promise.all(FOLDERS.map((name) => lookAt(homePath, name))),
    ]);
    return { profiles, folders: folders.map(({ size }) => (size === undefined ? '' : 'there')) };
  }

  async #ask(): Promise<string> {
    const { account, inherited, logger } = this.#options;
    const shell = await account.loginShell();
    const child = spawn(shell, ['-l', '-c', SHOW_PATH], {
      ...account.identity,
      cwd: account.homePath,
      env: account.environment(shell),
      detached: true,
      stdio: inherited.cover(['ignore', 'pipe', 'ignore']),
    });
    const end = () => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL');
    const { promise: overdue, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error('The profile took too long.')), READ_TIMEOUT_MS);
    child.once('error', reject);
    try {
      const output = await Promise.race([readUpTo(child.stdout), overdue]);
      const found = SHOWN_PATH.exec(output)?.[1];
      if (found === undefined || found.length > MAX_PATH_CHARACTERS)
        throw new Error('The profile gave no PATH.');
      return found;
    } catch (error) {
      logger.warn({ err: error }, 'user.profile_failed');
      if (child.exitCode === null && child.signalCode === null) end();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

async function readUpTo(output: Readable | null): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of output ?? []) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_OUTPUT_BYTES) throw new Error('The profile prints too much.');
  }
  return Buffer.concat(chunks).toString('utf8');
}

interface Profile {
  name: string;
  /** Undefined when it is not there. */
  size: number | undefined;
  stamp: string;
}

async function lookAt(folder: string, name: string): Promise<Profile> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(path.join(folder, name));
    return { name, size, stamp: `${ino}-${size}-${mtimeMs}-${ctimeMs}` };
  } catch {
    return { name, size: undefined, stamp: '' };
  }
}

/** The sizes of what a new home is given. To set a PATH makes a profile longer. */
async function readSkeleton(): Promise<Map<string, number | undefined>> {
  const files = await Promise.all(PROFILES.map((name) => lookAt(SKELETON_PATH, name)));
  return new Map(files.map(({ name, size }) => [name, size]));
}
