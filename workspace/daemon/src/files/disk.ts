import { type BigIntStats, type Dirent, existsSync, type FSWatcher, type PathLike, watch } from 'node:fs';
import * as fs from 'node:fs/promises';
import { diskPath, spellName } from './file-names.ts';

/**
 * The calls of the file system that files and search need, with paths as the contract spells them. Nothing else in those folders takes
 * a path to the disk, so that no name is out of reach because of its bytes.
 */
export type FileHandle = fs.FileHandle;

/** Of the entry itself; a link is not followed. */
export const lstat = (file: string): Promise<BigIntStats> => fs.lstat(diskPath(file), { bigint: true });

/** Of what a link leads to. */
export const stat = (file: string): Promise<BigIntStats> => fs.stat(diskPath(file), { bigint: true });

export const open = (file: string, flags: string | number, mode?: number): Promise<FileHandle> =>
  fs.open(diskPath(file), flags, mode);

export const rename = (from: string, to: string): Promise<void> => fs.rename(diskPath(from), diskPath(to));

export const link = (existing: string, added: string): Promise<void> =>
  fs.link(diskPath(existing), diskPath(added));

export const makeFolders = async (folder: string, mode?: number): Promise<void> => {
  await fs.mkdir(diskPath(folder), { recursive: true, mode });
};

/** A file or a link; none is no error. */
export const removeFile = (file: string): Promise<void> => fs.rm(diskPath(file), { force: true });

/** Rejects unless this process may do that with it; see access(2). */
export const access = (file: string, wanted: number): Promise<void> => fs.access(diskPath(file), wanted);

export const copyFile = (from: string, to: string, flags: number): Promise<void> =>
  fs.copyFile(diskPath(from), diskPath(to), flags);

export const setTimes = (file: string, seconds: number): Promise<void> =>
  fs.utimes(diskPath(file), seconds, seconds);

export const readLink = async (file: string): Promise<string> =>
  spellName(await fs.readlink(diskPath(file), { encoding: 'buffer' }));

export const realPath = async (file: string): Promise<string> =>
  spellName(await fs.realpath(diskPath(file), { encoding: 'buffer' }));

export const readWhole = (file: string): Promise<Buffer> => fs.readFile(diskPath(file));

/** From its beginning. */
export async function readAtMost(handle: FileHandle, bytes: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
  return buffer.subarray(0, bytesRead);
}

/** Bytes that this user may still write on the disk of a folder. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await fs.statfs(diskPath(folder));
  return bavail * bsize;
}

/** Names and types of what is in a folder, in no order, without reading more of it than is asked for. */
export async function* readFolder(folder: string): AsyncGenerator<{ name: string; entry: Dirent<Buffer> }> {
  for await (const entry of await openFolder(diskPath(folder))) yield { name: spellName(entry.name), entry };
}

/** With names as bytes. */
export async function openFolder(folder: PathLike): Promise<AsyncIterable<Dirent<Buffer>>> {
  const options = { bufferSize: NAMES_AT_ONCE, encoding: 'buffer' };
  // Node’s types know no `buffer` here; Node does.
  return (await fs.opendir(folder, options as { bufferSize: number })) as unknown as AsyncIterable<
    Dirent<Buffer>
  >;
}

const NAMES_AT_ONCE = 512;

/** Whether the path leads to something now; to be known before anything else happens. */
export const isThere = (file: string): boolean => existsSync(diskPath(file));

/** What happens to the names in a folder, with names as bytes. @throws when it is no folder, or may not be read. */
export const watchFolder = (
  folder: string,
  onEvent: (type: 'rename' | 'change', name: Buffer | null) => void,
): FSWatcher => watch(diskPath(folder), { encoding: 'buffer', persistent: false }, onEvent);

/** Until it resolves, a rename or a new name in the folder may be lost with the power. */
export async function syncFolderOf(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}
