import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errorCode } from '../cli-error.ts';

export interface FileChange {
  path: string;
  content: string;
  mode: number;
  /** Whether what was there is kept beside it. */
  isBackedUp?: boolean;
}

interface Former {
  path: string;
  content: string | undefined;
  mode: number;
}

const FOLDER_MODE = 0o755;

/** Files that are written together, and put back as they were when what they are for does not work. */
export class FileChanges {
  readonly #former: Former[] = [];
  readonly #stamp: string;

  constructor(now: Date = new Date()) {
    this.#stamp = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  }

  /** @returns where what was there is kept; undefined when nothing was. */
  async write(change: FileChange): Promise<string | undefined> {
    const former = await readFormer(change.path, change.mode);
    this.#former.push(former);
    const isKept =
      change.isBackedUp === true && former.content !== undefined && former.content !== change.content;
    const backup = isKept ? `${change.path}.before-podex-${this.#stamp}` : undefined;
    if (backup !== undefined && former.content !== undefined) {
      await put({ path: backup, content: former.content, mode: former.mode });
    }
    await put(change);
    return backup;
  }

  async undo(): Promise<void> {
    for (const { path: file, content, mode } of this.#former.toReversed()) {
      if (content === undefined) await rm(file, { force: true });
      else await put({ path: file, content, mode });
    }
    this.#former.length = 0;
  }
}

async function readFormer(file: string, mode: number): Promise<Former> {
  try {
    const { mode: former } = await stat(file);
    return { path: file, content: await readFile(file, 'utf8'), mode: former & 0o777 };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { path: file, content: undefined, mode };
    throw error;
  }
}

/** Renamed into place: a private key is never there with another mode, and nothing is there by half. */
async function put({ path: file, content, mode }: FileChange): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: FOLDER_MODE });
  const scratch = `${file}.podex-new`;
  await rm(scratch, { force: true });
  await writeFile(scratch, content, { mode, flag: 'wx' });
  await chmod(scratch, mode);
  await rename(scratch, file);
}
