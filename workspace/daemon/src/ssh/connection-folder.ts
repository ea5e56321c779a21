import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { LaunchIdentity } from '../spawning/launch-message.ts';
import {
  AUTHORIZED_KEYS_FILE,
  CONFIG_FILE,
  HOST_KEY_FILE,
  SESSION_FILE,
  type SshdConfigOptions,
  sessionScript,
  sshdConfig,
} from './sshd-config.ts';

export interface ConnectionFolderOptions extends Pick<SshdConfigOptions, 'sftpServer'> {
  /** In memory: variables of the workspace are never written to a disk. */
  parent: string;
  identity: LaunchIdentity;
  authorizedKeys: readonly string[];
  hostKey: string;
  environment: Readonly<Record<string, string>>;
}

/** What one sshd reads; removed when disposed. */
export interface ConnectionFolder extends AsyncDisposable {
  configFile: string;
}

const FOLDER_MODE = 0o750;
const FILE_MODE = 0o640;

/** Its user may read it and change nothing. */
export async function makeConnectionFolder(options: ConnectionFolderOptions): Promise<ConnectionFolder> {
  const folder = await mkdtemp(path.join(options.parent, 'podex-ssh-'));
  const [rootId, { gid }] = [process.getuid?.() ?? 0, options.identity];
  const give = async (file: string, mode: number) => {
    if (gid !== undefined) await chown(file, rootId, gid);
    await chmod(file, mode);
  };
  const files: Readonly<Record<string, string>> = {
    [CONFIG_FILE]: sshdConfig({ folder, sftpServer: options.sftpServer }),
    [HOST_KEY_FILE]: options.hostKey,
    [AUTHORIZED_KEYS_FILE]: `${options.authorizedKeys.join('\n')}\n`,
    [SESSION_FILE]: sessionScript(options.environment),
  };
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(folder, name);
      await writeFile(file, text, { mode: 0o600, flag: 'wx' });
      // Without a root there is nobody to keep it from; and OpenSSH refuses a private key of its own user’s that others may read.
      if (gid !== undefined) await give(file, FILE_MODE);
    }
    if (gid !== undefined) await give(folder, FOLDER_MODE);
  } catch (error) {
    await remove();
    throw error;
  }
  return { configFile: path.join(folder, CONFIG_FILE), [Symbol.asyncDispose]: remove };
}
