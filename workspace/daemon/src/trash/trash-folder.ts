import { constants } from 'node:fs';
import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import { makeFolders, open, removeFile } from '../files/disk.ts';
import { isTaken } from '../files/file-errors.ts';
import { writeInfo } from './trash-info.ts';

const PRIVATE_FOLDER_MODE = 0o700;
const INFO_SUFFIX = '.trashinfo';
/** Things of one name in the trash. */
const SAME_NAMES_MAX = 10_000;
/** Of a name in the trash, so that it, a number and the suffix of its information have room in 255 bytes. */
const NAME_BYTES_MAX = 220;

/** Where desktop programs keep what was deleted in the home. */
export class TrashFolder {
  readonly path: string;

  constructor(homePath: string) {
    this.path = path.join(homePath, '.local', 'share', 'Trash');
  }

  get files(): string {
    return path.join(this.path, 'files');
  }

  fileOf(id: string): string {
    return path.join(this.files, id);
  }

  infoOf(id: string): string {
    return path.join(this.path, 'info', `${id}${INFO_SUFFIX}`);
  }

  async make(): Promise<void> {
    await makeFolders(this.files, PRIVATE_FOLDER_MODE);
    await makeFolders(path.join(this.path, 'info'), PRIVATE_FOLDER_MODE);
  }

  /** Takes a name that is free, with what is known of what will bear it: the first to make that file has the name. */
  async reserve(originalPath: string, deletedAt: Date): Promise<string> {
    const name = shorten(path.basename(originalPath));
    const { name: stem, ext } = path.parse(name);
    for (let number = 1; number <= SAME_NAMES_MAX; number += 1) {
      const id = number === 1 ? name : `${stem}.${number}${ext}`;
      if (await this.#isReserved(id, writeInfo({ originalPath, deletedAt }))) return id;
    }
    throw new PodexError(
      'conflict',
      `The trash holds ${SAME_NAMES_MAX.toLocaleString('en')} things of this name. Empty it.`,
      {},
    );
  }

  async release(id: string): Promise<void> {
    await removeFile(this.infoOf(id));
  }

  async #isReserved(id: string, info: string): Promise<boolean> {
    try {
      await using handle = await open(this.infoOf(id), NEW_FILE, 0o600);
      await handle.writeFile(info);
      return true;
    } catch (error) {
      if (isTaken(error)) return false;
      throw error;
    }
  }
}

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

function shorten(name: string): string {
  let short = name;
  while (Buffer.byteLength(short) > NAME_BYTES_MAX) short = Array.from(short).slice(0, -1).join('');
  return short;
}
