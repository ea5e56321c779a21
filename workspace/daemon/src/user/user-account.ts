import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import type { DaemonConfig } from '../config.ts';
import type { LaunchIdentity } from '../spawning/launch-message.ts';
import { loginShellOf } from './account-files.ts';
import { findExecutable, isExecutable } from './find-executable.ts';
import { groupsOf } from './groups.ts';
import type { Settings } from './settings.ts';
import { buildUserEnvironment } from './user-environment.ts';

type AccountConfig = Pick<DaemonConfig, 'user' | 'isRoot' | 'homePath' | 'imageEnvironment'>;

/** The workspace user as commands and terminals need it: identity, environment, shell, folders. */
export class UserAccount {
  readonly homePath: string;
  readonly #config: AccountConfig;
  readonly #settings: Settings;

  constructor(config: AccountConfig, settings: Settings) {
    this.homePath = config.homePath;
    this.#config = config;
    this.#settings = settings;
  }

  /** For starting a process: nothing when this one is the user already. */
  get identity(): LaunchIdentity {
    if (!this.#config.isRoot) return {};
    const { uid, gid } = this.#config.user;
    return { uid, gid, groups: groupsOf(this.#config.user) };
  }

  /** Of what the user starts. @throws PodexError workspace_not_running before the settings were given. */
  environment(shell: string, extra: Readonly<Record<string, string>> = {}): Record<string, string> {
    return this.#build(shell, [this.#settings.environment, extra]);
  }

  /** Of our own processes that run as the user: without variables of the workspace, and its secrets. */
  bareEnvironment(shell: string): Record<string, string> {
    return this.#build(shell, []);
  }

  #build(shell: string, layers: readonly Readonly<Record<string, string>>[]): Record<string, string> {
    const { imageEnvironment, user } = this.#config;
    return buildUserEnvironment({
      imageEnvironment,
      user,
      homePath: this.homePath,
      shell,
      layers,
    });
  }

  /** The shell of the account, or the first of bash and sh that is there. */
  async loginShell(): Promise<string> {
    const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
    const candidates = [loginShellOf(passwd, this.#config.user), '/bin/bash', '/bin/sh'];
    for (const candidate of candidates) {
      if (candidate !== undefined && (await isExecutable(candidate))) return candidate;
    }
    throw new PodexError('invalid_request', 'The image of this workspace has no shell.', {});
  }

  /** A program by path or by name on PATH, or undefined. */
  async findExecutable(name: string): Promise<string | undefined> {
    if (name.includes('/')) {
      const file = this.resolve(name);
      return (await isExecutable(file)) ? file : undefined;
    }
    return findExecutable(name, this.environment('').PATH ?? '');
  }

  /** As findExecutable, on the PATH of the image: known before the settings are. */
  async findOwnExecutable(name: string): Promise<string | undefined> {
    return findExecutable(name, this.bareEnvironment('').PATH ?? '');
  }

  resolve(given: string): string {
    return path.resolve(this.homePath, given);
  }

  /** The folder to start a process in. @throws PodexError file_not_found, file_not_directory. */
  async workingDirectory(given: string | undefined): Promise<string> {
    const folder = given === undefined ? this.homePath : this.resolve(given);
    const stats = await stat(folder).catch((error: unknown) => {
      throw new PodexError(
        'file_not_found',
        `There is no folder ${folder}.`,
        { path: folder },
        { cause: error },
      );
    });
    if (!stats.isDirectory()) {
      throw new PodexError('file_not_directory', `${folder} is not a folder.`, { path: folder });
    }
    return folder;
  }
}
