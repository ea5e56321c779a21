import { randomBytes } from 'node:crypto';
import type { Dirent } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import { shownPath } from '@podex/contracts/file-names';
import { isFolder, isMissing, isNoFolder, isNotEmpty, isRefused, onFile } from './file-errors.ts';
import { diskPath, spellName } from './file-names.ts';
import { OpenFolder } from './open-folder.ts';

/** Folders held open at once. What lies deeper is first moved up to the top of the tree that goes. */
const DEPTH_MAX = 32;
const UNLINKS_AT_ONCE = 32;
/** A program that goes on making files in a tree that goes is not waited for. */
const SCANS_MAX = 20_000;

/**
 * Removes a file, a link (never what it leads to), or a folder with all that is in it, however deep and however many. Nothing that is
 * swapped meanwhile leads out of the tree. None is no error.
 *
 * @throws PodexError of the entry that could not be removed.
 */
export async function removeTree(file: string): Promise<void> {
  const above = path.dirname(file);
  await using parent = await onFile(above, () => OpenFolder.open(diskPath(above)));
  const place = { folder: parent, path: above };
  const name = Buffer.from(diskPath(path.basename(file)));
  const child = await openIfFolder(place, name);
  // Awaited here: the descriptor by which it is reached is closed with the return, and may be another folder’s after that.
  if (child === undefined) return await unlink(place, name);
  {
    await using top = child.folder;
    await empty(child, top, 0);
  }
  await removeFolder(place, name);
}

interface Place {
  folder: OpenFolder;
  /** For messages only. */
  path: string;
}

/** Undefined when it is none, or a link. */
async function openIfFolder({ folder, path: above }: Place, name: Buffer): Promise<Place | undefined> {
  const file = path.join(above, spellName(name));
  try {
    return { folder: await folder.openChild(name), path: file };
  } catch (error) {
    if (isNoFolder(error) || isMissing(error)) return undefined;
    // An empty one need not be readable.
    if (isRefused(error) && (await isRemoved(folder, name))) return undefined;
    return onFile(file, () => Promise.reject(error));
  }
}

async function isRemoved(folder: OpenFolder, name: Buffer): Promise<boolean> {
  return fs.rmdir(folder.at(name)).then(
    () => true,
    () => false,
  );
}

async function unlink({ folder, path: above }: Place, name: Buffer): Promise<void> {
  await ifThere(path.join(above, spellName(name)), isFolder, () => fs.unlink(folder.at(name)));
}

async function removeFolder({ folder, path: above }: Place, name: Buffer): Promise<void> {
  const file = path.join(above, spellName(name));
  await ifThere(file, isNoFolder, async () => {
    try {
      await fs.rmdir(folder.at(name));
    } catch (error) {
      if (!isNotEmpty(error)) throw error;
      const message = `A program goes on writing to ${shownPath(file)} while it is deleted. End it and try again.`;
      throw new PodexError('conflict', message, {}, { cause: error });
    }
  });
}

async function ifThere(
  file: string,
  isOtherKind: (error: unknown) => boolean,
  remove: () => Promise<void>,
): Promise<void> {
  await onFile(file, async () => {
    try {
      await remove();
    } catch (error) {
      // Gone, or by now of the other kind, which the next look at the folder finds.
      if (!(isMissing(error) || isOtherKind(error))) throw error;
    }
  });
}

/** Looks again until there is nothing: a folder that changes while it is read may not show all at once. */
async function empty(place: Place, top: OpenFolder, depth: number): Promise<void> {
  for (let scans = 0; scans < SCANS_MAX; scans += 1) {
    let isEmpty = true;
    const files: Buffer[] = [];
    for await (const entry of await place.folder.entries()) {
      isEmpty = false;
      if (entry.isDirectory()) await removeChild(place, entry, top, depth);
      else files.push(entry.name);
      if (files.length === UNLINKS_AT_ONCE) await unlinkAll(place, files.splice(0));
    }
    await unlinkAll(place, files);
    if (isEmpty) return;
  }
}

async function unlinkAll(place: Place, names: readonly Buffer[]): Promise<void> {
  await Promise.all(names.map((name) => unlink(place, name)));
}

async function removeChild(
  place: Place,
  { name }: Dirent<Buffer>,
  top: OpenFolder,
  depth: number,
): Promise<void> {
  const child = await openIfFolder(place, name);
  if (child === undefined) return await unlink(place, name);
  {
    await using folder = child.folder;
    if (depth < DEPTH_MAX) await empty({ folder, path: child.path }, top, depth + 1);
    else await moveUp(folder, top);
  }
  await removeFolder(place, name);
}

/** Everything in `folder` that is a folder itself goes to the top, under another name, and waits for its turn there. */
async function moveUp(folder: OpenFolder, top: OpenFolder): Promise<void> {
  for (let scans = 0; scans < SCANS_MAX; scans += 1) {
    let isEmpty = true;
    for await (const { name } of await folder.entries()) {
      isEmpty = false;
      await fs.rename(folder.at(name), top.at(Buffer.from(`.podex-${randomBytes(8).toString('hex')}.tmp`)));
    }
    if (isEmpty) return;
  }
}
