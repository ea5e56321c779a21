import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  CLEARED_NODE_VARIABLES,
  DAEMON_MOUNT_PATH,
  DAEMON_SOCKET_PATH,
  DAEMON_STATE_PATH,
  DAEMON_UPGRADES_PATH,
  OWN_DISK_OPTION,
  WORKSPACE_HOME_PATH,
  WORKSPACE_USER,
} from '@podex/contracts/internal/daemon';

/** Whose rights everything done for the user has. */
export interface WorkspaceUser {
  name: string;
  uid: number;
  gid: number;
}

export interface DaemonConfig {
  /** Which of the processes of the daemon this one is. */
  role: 'daemon' | 'files' | 'checkpoints';
  version: string;
  /** Of newer code of the daemon, see `upgrade/upgrade-folder.ts`. */
  upgradesPath: string;
  /** The folder of the code that runs, where it is not the volume’s own. */
  codePath: string | undefined;
  /** The version that was to run and did not come up. */
  upgradeFailed: string | undefined;
  /** Where this process listens. */
  socketPath: string;
  /** Root’s alone; outlives the container. */
  statePath: string;
  homePath: string;
  /** Whether both lie on a disk of the workspace’s own, with a limit. */
  hasOwnDisk: boolean;
  user: WorkspaceUser;
  /** Whether this process is root, and so acts as the user by changing its identity. */
  isRoot: boolean;
  /**
   * Whether the system around is a workspace’s, so that accounts may be made on it. Only where the daemon runs from its mount: started
   * as root anywhere else, it must leave that machine as it is.
   */
  ownsSystem: boolean;
  /** Variables of the image; they are the ground on which every environment of the user is built. */
  imageEnvironment: Readonly<Record<string, string>>;
  /** The script that the files process is started from. */
  entryPath: string;
  /** What starts processes for the user, see `spawning/fork-server.ts`. */
  forkServerPath: string;
  /** What git runs to ask for what it signs in with. */
  gitHelperPath: string;
}

/** Variables that describe the daemon’s own process, and would be wrong in a process of the user. */
const OWN_VARIABLES = new Set(['HOME', 'USER', 'LOGNAME', 'SHELL', 'PWD', 'OLDPWD', 'SHLVL', '_']);
/** Emptied for the daemon’s sake where a container is made; to the user they are not set. */
const CLEARED_VARIABLES = new Set<string>(CLEARED_NODE_VARIABLES);

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the command line: `daemon.js [files | checkpoints] [--socket path] [--state path] [--home path] [--user name:uid:gid]
 * [--fork-server program] [--git-helper script] [--upgrades folder] [--own-disk] [--code folder] [--upgrade-failed version]`. Inside a
 * workspace only `--own-disk` is given, and the last two by the stub that `daemon.js` is. Options and not variables, because an image chooses the
 * variables of its containers.
 *
 * @throws when an option is unknown or malformed.
 */
export function loadConfig(
  commandLine: readonly string[],
  environment: Environment = process.env,
): DaemonConfig {
  const entryPath = commandLine[1] ?? '';
  const { values, positionals } = parseArgs({
    args: commandLine.slice(2),
    allowPositionals: true,
    options: {
      socket: { type: 'string', default: DAEMON_SOCKET_PATH },
      state: { type: 'string', default: DAEMON_STATE_PATH },
      home: { type: 'string', default: WORKSPACE_HOME_PATH },
      user: { type: 'string' },
      'fork-server': { type: 'string', default: path.join(path.dirname(entryPath), 'fork-server') },
      upgrades: { type: 'string', default: DAEMON_UPGRADES_PATH },
      code: { type: 'string' },
      'upgrade-failed': { type: 'string' },
      'git-helper': { type: 'string', default: path.join(path.dirname(entryPath), 'git-credential.js') },
      [OWN_DISK_OPTION]: { type: 'boolean', default: false },
    },
  });
  const isRoot = process.getuid?.() === 0;
  return {
    role: roleOf(positionals[0]),
    version: readVersion(values.code ?? path.dirname(entryPath)),
    upgradesPath: values.upgrades,
    codePath: values.code,
    upgradeFailed: values['upgrade-failed'],
    socketPath: values.socket,
    statePath: values.state,
    homePath: values.home,
    hasOwnDisk: values[OWN_DISK_OPTION],
    user: values.user === undefined ? defaultUser(isRoot) : parseUser(values.user),
    isRoot,
    ownsSystem: isRoot && path.dirname(entryPath) === DAEMON_MOUNT_PATH,
    imageEnvironment: readImageEnvironment(environment),
    entryPath,
    forkServerPath: values['fork-server'],
    gitHelperPath: values['git-helper'],
  };
}

function roleOf(name: string | undefined): DaemonConfig['role'] {
  return name === 'files' || name === 'checkpoints' ? name : 'daemon';
}

/** Only root can become another user. */
function defaultUser(isRoot: boolean): WorkspaceUser {
  if (isRoot) return WORKSPACE_USER;
  const { username, uid, gid } = userInfo();
  return { name: username, uid, gid };
}

function parseUser(text: string): WorkspaceUser {
  const match = /^([a-z_][a-z0-9_-]*):(\d+):(\d+)$/.exec(text);
  if (!match) throw new Error(`--user ${text}: must look like name:uid:gid`);
  const [, name = '', uid, gid] = match;
  return { name, uid: Number(uid), gid: Number(gid) };
}

function readVersion(directory: string): string {
  try {
    return readFileSync(path.join(directory, 'version'), 'utf8').trim();
  } catch {
    // Run from source, where no build has written a version.
    return 'development';
  }
}

function readImageEnvironment(environment: Environment): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || OWN_VARIABLES.has(name)) continue;
    if (value !== '' || !CLEARED_VARIABLES.has(name)) kept[name] = value;
  }
  return kept;
}
