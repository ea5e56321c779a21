import { addAbortSignal, type Readable } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { shownPath } from '@podex/contracts/file-names';
import type { FileEntry } from '@podex/contracts/files';
import type { UploadId } from '@podex/contracts/ids';
import { UPLOAD_LIFETIME_MS, type Upload } from '@podex/contracts/uploads';
import type { CommitGate, PreparedAnswer } from '../files/commit-gate.ts';
import { freeBytes } from '../files/disk.ts';
import { followLinks, statIfThere } from '../files/file-entries.ts';
import { isFull, onFile } from '../files/file-errors.ts';
import { commitSave, stagingFolder } from '../files/save-file.ts';
import { StagedFile, writeChunk } from '../files/staged-file.ts';
import { exclusiveAsChanged, requireWritable } from '../files/write-file.ts';
import type { KeyedLock } from '../waiting/keyed-lock.ts';
import { UploadFolder, type UploadPlan } from './upload-folder.ts';

export interface UploadsOptions {
  homePath: string;
  locks: KeyedLock;
}

/** Synced to the disk now and then, so that the end of a large upload need not wait for all of it. */
const SYNC_EVERY_BYTES = 64 * 1024 * 1024;

/**
 * Files that arrive in parts, over as many connections as it takes. What has arrived lies in a folder of its own until it is whole; then
 * it takes its place in one step, as a save does.
 */
export class Uploads {
  readonly #options: UploadsOptions;
  readonly #folder: UploadFolder;
  /** Ends the request that is adding to an upload: it may be one whose client has gone without a word. */
  readonly #adding = new Map<string, AbortController>();

  constructor(options: UploadsOptions) {
    this.#options = options;
    this.#folder = new UploadFolder(options.homePath);
  }

  /** @throws PodexError file_is_directory, file_changed, disk_full; conflict when the id is that of another upload. */
  async create(id: UploadId, plan: UploadPlan): Promise<Upload> {
    return onFile(plan.path, async () => {
      using _lock = await this.#options.locks.acquire(keyOf(id));
      const known = await this.#folder.find(id);
      if (known !== undefined) return await this.#resume(id, known, plan);
      await this.#requireWritable(plan);
      await this.#folder.removeOld();
      await this.#requireSpace(plan);
      await this.#folder.remove(id);
      await this.#folder.add(id, plan);
      return await this.#describe(id, plan);
    });
  }

  /** @throws PodexError not_found. */
  async get(id: UploadId): Promise<Upload> {
    const plan = await this.#require(id);
    return onFile(plan.path, () => this.#describe(id, plan));
  }

  /** @throws PodexError conflict when the body does not begin where the upload ends, disk_full (the upload is gone then). */
  async append(id: UploadId, body: Readable, { offset }: { offset: number }): Promise<Upload> {
    const plan = await this.#require(id);
    const controller = new AbortController();
    this.#adding.get(id)?.abort();
    this.#adding.set(id, controller);
    try {
      using _lock = await this.#options.locks.acquire(keyOf(id));
      return await onFile(plan.path, () => this.#add({ id, plan, offset }, body, controller.signal));
    } finally {
      if (this.#adding.get(id) === controller) this.#adding.delete(id);
    }
  }

  /** @throws PodexError conflict while bytes are missing, file_changed, file_is_directory, disk_full. */
  async finish(id: UploadId, gate: CommitGate): Promise<PreparedAnswer> {
    using _lock = await this.#options.locks.acquire(keyOf(id));
    const plan = await this.#require(id);
    return exclusiveAsChanged(plan.path, plan.if_none_match === '*', async () => {
      const { bytes } = await this.#folder.arrived(id);
      if (bytes !== plan.size) {
        throw new PodexError(
          'conflict',
          `${bytes} of ${plan.size} bytes have arrived. Send the rest first.`,
          {},
        );
      }
      const answer = await this.#putInPlace(id, plan, gate);
      await this.#folder.remove(id);
      return answer;
    });
  }

  async cancel(id: UploadId): Promise<void> {
    this.#adding.get(id)?.abort();
    using _lock = await this.#options.locks.acquire(keyOf(id));
    await this.#require(id);
    await onFile(id, () => this.#folder.remove(id));
  }

  async #add(
    { id, plan, offset }: { id: UploadId; plan: UploadPlan; offset: number },
    body: Readable,
    signal: AbortSignal,
  ): Promise<Upload> {
    const { bytes } = await this.#folder.arrived(id);
    if (bytes !== offset) {
      const message = `The upload goes on at ${bytes}, not at ${offset}. Ask for its offset and send from there.`;
      throw new PodexError('conflict', message, {});
    }
    // It may be silent for good: destroyed, it lets go of the upload.
    addAbortSignal(signal, body);
    try {
      await using part = await this.#folder.openPart(id);
      let at = offset;
      let syncedAt = offset;
      for await (const chunk of body) {
        if (at + chunk.length > plan.size) {
          throw new PodexError('too_large', `The upload has ${plan.size} bytes.`, { max_bytes: plan.size });
        }
        await writeChunk(part, chunk, at);
        at += chunk.length;
        if (at - syncedAt < SYNC_EVERY_BYTES) continue;
        await part.datasync();
        syncedAt = at;
      }
    } catch (error) {
      if (isFull(error)) await this.#folder.remove(id);
      throw error;
    }
    return this.#describe(id, plan);
  }

  async #putInPlace(id: UploadId, plan: UploadPlan, gate: CommitGate): Promise<PreparedAnswer> {
    const { locks, homePath } = this.#options;
    const target = await followLinks(plan.path);
    using _lock = await locks.acquire(target);
    const current = requireWritable(plan.path, await statIfThere(target), conditionsOf(plan));
    const folder = await stagingFolder(target, current, { homePath });
    const mode = current && Number(current.mode & 0o7777n);
    await using staged = await StagedFile.adopt(this.#folder.partOf(id), { folder, mode });
    const save = {
      staged,
      file: plan.path,
      target,
      current,
      isExclusive: plan.if_none_match === '*',
      toBody: (entry: FileEntry) => entry,
    };
    try {
      // Awaited here: the lock and what is staged last as long.
      return await commitSave(save, { gate, locks, homePath });
    } catch (error) {
      await staged.giveBack(this.#folder.partOf(id));
      throw error;
    }
  }

  async #resume(id: UploadId, known: UploadPlan, plan: UploadPlan): Promise<Upload> {
    const isSame = (['path', 'size', 'if_match', 'if_none_match'] as const).every(
      (key) => known[key] === plan[key],
    );
    if (isSame) return this.#describe(id, plan);
    throw new PodexError('conflict', 'This id is that of another upload. Choose a new one.', {});
  }

  async #require(id: UploadId): Promise<UploadPlan> {
    const plan = await onFile(id, () => this.#folder.find(id));
    if (plan !== undefined) return plan;
    const message =
      'There is no such upload: it is finished, cancelled, or older than a day. Begin it again.';
    throw new PodexError('not_found', message, {});
  }

  async #requireWritable(plan: UploadPlan): Promise<void> {
    const target = await followLinks(plan.path);
    requireWritable(plan.path, await statIfThere(target), conditionsOf(plan));
  }

  /** Before hours of sending; that it is full is noticed later as well. */
  async #requireSpace({ path, size }: UploadPlan): Promise<void> {
    if (size <= (await freeBytes(this.#options.homePath))) return;
    const message = `The disk of the workspace has no room for ${shownPath(path)}. Delete something first.`;
    throw new PodexError('disk_full', message, {});
  }

  async #describe(id: UploadId, { path, size }: UploadPlan): Promise<Upload> {
    const { bytes, at } = await this.#folder.arrived(id);
    const expiresAt = new Date(at.getTime() + UPLOAD_LIFETIME_MS).toISOString();
    return { upload_id: id, path, size, offset: bytes, expires_at: expiresAt };
  }
}

const keyOf = (id: UploadId) => `upload:${id}`;

function conditionsOf({ if_match: ifMatch, if_none_match: ifNoneMatch }: UploadPlan) {
  return { ifMatch, ifNoneMatch };
}
