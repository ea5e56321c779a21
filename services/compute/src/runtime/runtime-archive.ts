import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';

const ROOT_OWNED = { uid: 0, gid: 0, uname: 'root', gname: 'root' };

/** A folder as a tar archive, streamed; everything in it belongs to root. Reading it fails when a file cannot be read. */
export function packDirectory(directory: string): Readable {
  const archive = pack();
  addFolder(archive, directory, '').then(
    () => archive.finalize(),
    (error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return Readable.from(archive);
}

export function packFile(name: string, content: string): Readable {
  const archive = pack();
  archive.entry({ name, mode: 0o644, ...ROOT_OWNED }, content);
  archive.finalize();
  return Readable.from(archive);
}

async function addFolder(archive: Pack, root: string, folder: string): Promise<void> {
  for (const entry of (await readdir(path.join(root, folder))).sort()) {
    const name = path.posix.join(folder, entry);
    const file = path.join(root, name);
    const { mode, mtime, size, ...kind } = await statOf(file);
    const header = { name, mode: mode & 0o755, mtime, ...ROOT_OWNED };
    if (kind.isDirectory) {
      archive.entry({ ...header, type: 'directory' });
      await addFolder(archive, root, name);
    } else if (kind.isSymbolicLink) {
      archive.entry({ ...header, type: 'symlink', linkname: await readlink(file) });
    } else {
      await pipeline(createReadStream(file), archive.entry({ ...header, size }));
    }
  }
}

async function statOf(file: string) {
  const stats = await lstat(file);
  const { mode, mtime, size } = stats;
  return { mode, mtime, size, isDirectory: stats.isDirectory(), isSymbolicLink: stats.isSymbolicLink() };
}
