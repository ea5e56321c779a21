import { constants } from 'node:fs';
import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import {
  type CreateUploadInput,
  createUploadInput,
  UPLOAD_LIFETIME_MS,
  UPLOADS_MAX,
} from '@podex/contracts/uploads';
import { z } from 'zod';
import {
  type FileHandle,
  lstat,
  makeFolders,
  open,
  readAtMost,
  readFolder,
  removeFile,
  rename,
} from '../files/disk.ts';
import { statIfThere } from '../files/file-entries.ts';
import { isMissing } from '../files/file-errors.ts';
import { temporaryBeside } from '../files/staged-file.ts';

/** What an upload is for. `path` is absolute. */
export interface UploadPlan extends CreateUploadInput {
  path: string;
}

const PRIVATE_FOLDER_MODE = 0o700;
const NEW_FILE_MODE = 0o666;
const PLAN_BYTES_MAX = 65_536;
const PLAN_SUFFIX = '.json';
const PART_SUFFIX = '.part';
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
/** What somebody else has put there may be a pipe or a link: neither is waited for, or followed. */
const TO_READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const TO_WRITE = constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const storedPlan = createUploadInput.extend({ path: z.string() });

/** Where uploads wait until they are whole, each as what it is for and what has arrived of it. They outlive the process. */
export class UploadFolder {
  readonly #path: string;

  constructor(homePath: string) {
    this.#path = path.join(homePath, '.cache', 'podex', 'uploads');
  }

  partOf(id: string): string {
    return path.join(this.#path, `${id}${PART_SUFFIX}`);
  }

  /** @throws PodexError conflict when too many wait already. */
  async add(id: string, plan: UploadPlan): Promise<void> {
    await makeFolders(this.#path, PRIVATE_FOLDER_MODE);
    await this.#requireRoom();
    await (await open(this.partOf(id), NEW_FILE, NEW_FILE_MODE)).close();
    await this.#writePlan(id, plan);
  }

  /** Undefined when there is none, or what is there is none of ours. */
  async find(id: string): Promise<UploadPlan | undefined> {
    try {
      await using handle = await open(this.#planOf(id), TO_READ);
      return storedPlan.parse(JSON.parse((await readAtMost(handle, PLAN_BYTES_MAX)).toString('utf8')));
    } catch (error) {
      if (isMissing(error) || error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
      throw error;
    }
  }

  /** How many bytes have arrived, and when the last did. */
  async arrived(id: string): Promise<{ bytes: number; at: Date }> {
    const stats = await lstat(this.partOf(id));
    return { bytes: Number(stats.size), at: new Date(Number(stats.mtimeMs)) };
  }

  openPart(id: string): Promise<FileHandle> {
    return open(this.partOf(id), TO_WRITE);
  }

  async remove(id: string): Promise<void> {
    await removeFile(this.#planOf(id));
    await removeFile(this.partOf(id));
  }

  /** Those of which nothing came for a day. */
  async removeOld(): Promise<void> {
    for (const name of await this.#names()) {
      const file = path.join(this.#path, name);
      const stats = await statIfThere(file);
      const id = path.parse(name).name;
      const newest = Number((await statIfThere(this.partOf(id)))?.mtimeMs ?? stats?.mtimeMs ?? 0);
      if (stats?.isFile() && newest < Date.now() - UPLOAD_LIFETIME_MS) await removeFile(file);
    }
  }

  #planOf(id: string): string {
    return path.join(this.#path, `${id}${PLAN_SUFFIX}`);
  }

  /** Whole or not at all: a process that dies meanwhile leaves no half of it. */
  async #writePlan(id: string, plan: UploadPlan): Promise<void> {
    const temporary = temporaryBeside(this.#planOf(id));
    await using handle = await open(temporary, NEW_FILE, 0o600);
    await handle.writeFile(JSON.stringify(plan));
    await rename(temporary, this.#planOf(id));
  }

  async #requireRoom(): Promise<void> {
    const waiting = (await this.#names()).filter((name) => name.endsWith(PLAN_SUFFIX)).length;
    if (waiting < UPLOADS_MAX) return;
    const message = `${UPLOADS_MAX} uploads to this workspace are unfinished. Finish or cancel one first.`;
    throw new PodexError('conflict', message, {});
  }

  async #names(): Promise<string[]> {
    const names: string[] = [];
    try {
      for await (const { name } of readFolder(this.#path)) {
        if (name.endsWith(PLAN_SUFFIX) || name.endsWith(PART_SUFFIX)) names.push(name);
      }
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    return names;
  }
}
