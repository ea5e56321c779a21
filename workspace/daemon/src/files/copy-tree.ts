import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import { shownPath } from '@podex/contracts/file-names';
import { onFile } from './file-errors.ts';
import { diskPath, spellName } from './file-names.ts';
import { OpenFolder } from './open-folder.ts';

/** Each level holds two descriptors. */
const DEPTH_MAX = 400;
const READ_ITSELF = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

interface Place {
  from: OpenFolder;
  to: OpenFolder;
  /** Of the source; for messages only. */
  path: string;
  depth: number;
}

/**
 * Copies a file, a link as a link, or a folder with all that is in it, with modes and dates. Nothing may stand at `to`; what was made
 * stays when it fails.
 *
 * @throws PodexError invalid_request for pipes, sockets and devices, and for folders that lie too deep.
 */
export async function copyTree(source: string, to: string): Promise<void> {
  const above = path.dirname(source);
  await using fromFolder = await onFile(above, () => OpenFolder.open(diskPath(above)));
  await using toFolder = await onFile(path.dirname(to), () => OpenFolder.open(diskPath(path.dirname(to))));
  const name = Buffer.from(diskPath(path.basename(source)));
  const place = { from: fromFolder, to: toFolder, path: above, depth: 0 };
  await copyEntry(place, name, Buffer.from(diskPath(path.basename(to))));
}

async function copyEntry(place: Place, name: Buffer, as = name): Promise<void> {
  const { from, to } = place;
  const file = path.join(place.path, spellName(name));
  await onFile(file, async () => {
    const stats = await fs.lstat(from.at(name));
    if (stats.isDirectory()) await copyFolder({ ...place, path: file }, name, as);
    else if (stats.isSymbolicLink()) {
      await fs.symlink(await fs.readlink(from.at(name), { encoding: 'buffer' }), to.at(as));
      await fs.lutimes(to.at(as), stats.atime, stats.mtime);
    } else if (stats.isFile()) await copyFile(from.at(name), to.at(as));
    else throw notCopied(`${shownPath(file)} is a device, a pipe or a socket`);
  });
}

async function copyFile(source: Buffer, target: Buffer): Promise<void> {
  await using handle = await fs.open(source, READ_ITSELF);
  const { atime, mtime } = await handle.stat();
  await fs.copyFile(`/proc/self/fd/${handle.fd}`, target, constants.COPYFILE_EXCL);
  await fs.utimes(target, atime, mtime);
}

async function copyFolder(place: Place, name: Buffer, as: Buffer): Promise<void> {
  if (place.depth === DEPTH_MAX) {
    throw notCopied(`${shownPath(path.basename(place.path))} lies more than ${DEPTH_MAX} folders deep`);
  }
  await using from = await place.from.openChild(name);
  const { mode, atime, mtime } = await from.handle.stat();
  await fs.mkdir(place.to.at(as), OWN_FOLDER_MODE);
  await using to = await place.to.openChild(as);
  const inside = { from, to, path: place.path, depth: place.depth + 1 };
  for await (const entry of await from.entries()) await copyEntry(inside, entry.name);
  // Last: it may be one that cannot be written, and each entry made changes its date.
  await to.handle.chmod(mode & MODE_BITS);
  await to.handle.utimes(atime, mtime);
}

const OWN_FOLDER_MODE = 0o700;
const MODE_BITS = 0o7777;

function notCopied(cause: string): PodexError {
  const cure = 'Move the rest without it, or use a terminal.';
  return new PodexError(
    'invalid_request',
    `${cause}, which can’t be moved to another filesystem. ${cure}`,
    {},
  );
}
