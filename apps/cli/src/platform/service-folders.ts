import { chmod, chown, lchown, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { errorCode } from '../cli-error.ts';
import { codeCacheDirectory, type PodexHome } from '../state/podex-home.ts';
import type { ProcessUser } from '../supervisor/process-user.ts';
import { SERVICE_NAMES } from './service-settings.ts';
import type { ServiceUsers } from './service-users.ts';

/** The folders below the home that services use, each for the user of its service alone. */
export async function prepareServiceFolders(home: PodexHome, users: ServiceUsers): Promise<void> {
  // Only the engine writes there, as root.
  await mkdir(home.workspacesDirectory, { recursive: true, mode: 0o711 });
  await prepareScratch(home.computeDirectory, users.compute);
  await prepareKept(home.certificatesDirectory, users.compute);
  await openForPassing(path.join(home.directory, 'cache'));
  await openForPassing(path.join(home.directory, 'cache/code'));
  for (const name of SERVICE_NAMES) await prepareScratch(codeCacheDirectory(home, name), users[name]);
}

/** Whatever the umask is. */
async function openForPassing(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o711);
}

/**
 * A folder whose content is made again when it is lost. One of another user goes with all that is in it: anyone who can
 * write it runs code as the service, and a service cannot replace the files of another user.
 */
async function prepareScratch(folder: string, user: ProcessUser | undefined): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  const owner = await ownerOf(folder);
  if (isRoot && owner !== undefined && owner !== (user?.uid ?? 0)) {
    await rm(folder, { recursive: true });
  }
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  if (user) await chown(folder, user.uid, user.gid);
}

/** A folder whose content cannot be made again: it goes over to the user that the service has now. */
async function prepareKept(folder: string, user: ProcessUser | undefined): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = user ?? { uid: 0, gid: 0 };
  for (const name of await readdir(folder)) await lchown(path.join(folder, name), uid, gid);
  await chown(folder, uid, gid);
}

async function ownerOf(folder: string): Promise<number | undefined> {
  try {
    return (await lstat(folder)).uid;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
