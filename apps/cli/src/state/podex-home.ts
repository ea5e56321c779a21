import { constants } from 'node:fs';
import { access, chmod, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { CliError, EXIT, errorCode } from '../cli-error.ts';

/** Where one machine's Podex keeps its state: everything below one folder. */
export interface PodexHome {
  directory: string;
  /** Keys and passwords, made once; readable by its owner alone. */
  secretsFile: string;
  /** Variables for every start, as `NAME=value` lines; written by the operator. */
  settingsFile: string;
  logsDirectory: string;
  /** What runs at the moment: one file a process. Worthless after a boot. */
  runDirectory: string;
  postgresDirectory: string;
  /** Files and state of the workspaces. */
  workspacesDirectory: string;
  /** Scratch of the compute service. */
  computeDirectory: string;
  /** The certificate authority of servers that joined. */
  certificatesDirectory: string;
}

export function podexHome(directory: string): PodexHome {
  const within = (name: string) => path.join(directory, name);
  return {
    directory,
    secretsFile: within('secrets.json'),
    settingsFile: within('podex.env'),
    logsDirectory: within('logs'),
    runDirectory: within('run'),
    postgresDirectory: within('postgres'),
    workspacesDirectory: within('workspaces'),
    computeDirectory: within('compute'),
    certificatesDirectory: within('certificates'),
  };
}

/** Compiled code of one service, which halves the work of its start. Made again when it is lost. */
export function codeCacheDirectory(home: PodexHome, service: string): string {
  return path.join(home.directory, 'cache/code', service);
}

/** `/var/lib/podex` for root, where the unprivileged database user can reach it; else `~/.podex`. */
export function defaultHomeDirectory(user: { uid: number; homeDirectory: string }): string {
  return user.uid === 0 ? '/var/lib/podex' : path.join(user.homeDirectory, '.podex');
}

/**
 * Makes the folders that are missing. Root's are passable (not listable) for others, because the database and
 * the services run as other users; secrets and logs are not.
 *
 * @throws CliError when the folder cannot be made or written, or others cannot pass where they must.
 */
export async function openPodexHome(home: PodexHome): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  try {
    await mkdir(home.directory, { recursive: true, mode: isRoot ? 0o711 : 0o700 });
    for (const directory of [home.logsDirectory, home.runDirectory]) {
      await mkdir(directory, { recursive: true, mode: 0o711 });
    }
    await access(home.directory, constants.W_OK);
  } catch (error) {
    throw cannotOpen(home, error);
  }
  if (isRoot) await requirePassable(home.directory);
}

/** Every folder above must let the database's user pass; our own is put right. */
async function requirePassable(directory: string): Promise<void> {
  const own = await stat(directory);
  if ((own.mode & 0o001) === 0) await chmod(directory, (own.mode & 0o777) | 0o011);
  const blocking = await findBlockingFolder(path.dirname(directory));
  if (blocking === undefined) return;
  throw new CliError(`PODEX_HOME is ${directory}, but only the owner of ${blocking} can pass through it`, {
    cure: [
      'The database and the services run as users of their own and must reach their files.',
      'PODEX_HOME=/var/lib/podex ./podex up',
    ],
    exitCode: EXIT.configuration,
  });
}

/** The folder at or above `directory` that other users cannot pass through; undefined when there is none. */
export async function findBlockingFolder(directory: string): Promise<string | undefined> {
  for (let folder = path.resolve(directory); ; folder = path.dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return folder;
    if (folder === '/') return undefined;
  }
}

function cannotOpen(home: PodexHome, error: unknown): CliError {
  if (errorCode(error) === 'ENOSPC') {
    return new CliError(`the disk of ${home.directory} is full`, { cure: `df -h ${home.directory}` });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new CliError(`PODEX_HOME ${home.directory} cannot be written: ${reason}`, {
    cure: 'choose a folder that you own: PODEX_HOME=~/.podex ./podex up',
    exitCode: EXIT.configuration,
    cause: error,
  });
}
