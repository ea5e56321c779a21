import { PodexError } from '@podex/contracts/errors';
import {
  type ConfinedLauncher,
  READERS_MAX,
  type Reader,
  SCRATCH_PATH,
} from '../spawning/confined-launcher.ts';

export interface ReadOnlyCommandsOptions {
  isRoot: boolean;
  launcher: ConfinedLauncher;
}

/** What a read-only command runs with. */
export interface CommandReader extends Pick<Reader, 'launch' | 'release'> {
  /** Of what it writes to. */
  owner: { uid: number; gid: number };
  environment: Readonly<Record<string, string>>;
}

const SCRATCH = {
  TMPDIR: SCRATCH_PATH,
  XDG_CACHE_HOME: `${SCRATCH_PATH}/cache`,
  // Without it `git status` would try to write the index.
  GIT_OPTIONAL_LOCKS: '0',
};
/** The repositories are the user’s, and git trusts those of the user that it runs as alone. */
const TRUST = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' };

/** Commands that may read all of the user’s files, and write none. */
export class ReadOnlyCommands {
  readonly #options: ReadOnlyCommandsOptions;

  constructor(options: ReadOnlyCommandsOptions) {
    this.#options = options;
  }

  /** @throws PodexError limit_reached, invalid_request. */
  reserve(): CommandReader {
    const { isRoot, launcher } = this.#options;
    if (!isRoot) {
      const message = 'Commands can’t be kept from writing here: the daemon of this workspace is not root.';
      throw new PodexError('invalid_request', message, {});
    }
    const reader = launcher.reserve();
    if (reader === undefined) {
      const limit = { limit: 'running read-only commands', max: READERS_MAX };
      throw new PodexError('limit_reached', `${READERS_MAX} read-only commands are running already.`, limit);
    }
    const { uid } = reader;
    return { ...reader, owner: { uid, gid: uid }, environment: { ...SCRATCH, ...TRUST } };
  }
}
