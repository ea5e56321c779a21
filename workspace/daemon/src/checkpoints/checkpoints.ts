import { createHash } from 'node:crypto';
import type {
  Checkpoint,
  CheckpointList,
  CreateCheckpointInput,
  RestoreCheckpointInput,
} from '@podex/contracts/checkpoints';
import { PodexError } from '@podex/contracts/errors';
import type { CheckpointId } from '@podex/contracts/ids';
import type { Logger } from '../logging/logger.ts';
import { KeyedLock } from '../waiting/keyed-lock.ts';
import type { CheckpointLimits } from './checkpoint-limits.ts';
import type { CheckpointRecord } from './checkpoint-records.ts';
import { ensureFolder, openProject, segmentsBelow } from './open-project.ts';
import { carryOut } from './restore.ts';
import { RestoreJournal } from './restore-journal.ts';
import { planRestore } from './restore-plan.ts';
import { chooseSurplus, oldestFirst } from './retention.ts';
import { Snapshots } from './snapshots.ts';
import type { StatCache } from './stat-cache.ts';
import { damaged } from './tree.ts';

const EVERYTHING = 'everything';

export interface CheckpointsOptions {
  folder: string;
  homePath: string;
  limits: CheckpointLimits;
  logger: Logger;
}

/** What can be done with checkpoints. What makes or restores one does so alone. */
export class Checkpoints {
  readonly snapshots: Snapshots;
  readonly #options: CheckpointsOptions;
  readonly #journal: RestoreJournal;
  readonly #lock = new KeyedLock();

  constructor(options: CheckpointsOptions) {
    this.#options = options;
    this.snapshots = new Snapshots(options);
    this.#journal = new RestoreJournal(options.folder, options.logger);
  }

  list(): CheckpointList {
    return {
      items: this.snapshots.records.all().map(({ checkpoint }) => checkpoint),
      next: null,
      stored_bytes: this.snapshots.objects.bytes,
      max_bytes: this.snapshots.maxBytes,
    };
  }

  /** @throws PodexError checkpoint_not_found. */
  get(id: CheckpointId): CheckpointRecord {
    const record = this.snapshots.records.get(id);
    if (record !== undefined) return record;
    throw new PodexError(
      'checkpoint_not_found',
      'There is no such checkpoint. It may have made room for newer ones.',
      {},
    );
  }

  /** One for each id and each key. @throws PodexError idempotency_key_reused, disk_full, too_large, and those of files. */
  async create(input: CreateCheckpointInput, key: string | undefined): Promise<Checkpoint> {
    using _alone = await this.#lock.acquire(EVERYTHING);
    const requestHash = hashOfRequest(input);
    const made = this.#findMade(input.id, key);
    if (made !== undefined) return requireSame(made, requestHash).checkpoint;
    const project = openProject(this.#options.homePath, input.path);
    const origin = input.tool_call_id === undefined && input.turn_id === undefined ? 'person' : 'tool_call';
    const { record } = await this.snapshots.take({ project, input, origin, requestHash, key });
    this.#prune();
    return record.checkpoint;
  }

  /** @throws PodexError checkpoint_not_found, checkpoint_damaged, and all that `create` throws: then nothing was restored. */
  async restore(id: CheckpointId, input: RestoreCheckpointInput): Promise<Checkpoint> {
    using _alone = await this.#lock.acquire(EVERYTHING);
    const target = this.get(id);
    const requestHash = hashOfRequest({ restored: id, ...input });
    const made = this.#findMade(input.before_id, undefined);
    if (made !== undefined) return requireSame(made, requestHash).checkpoint;
    const { path, include_ignored } = target.checkpoint;
    const segments = input.path === undefined ? [] : segmentsBelow(path, this.#options.homePath, input.path);
    this.#requireWhole(target);
    ensureFolder(path);
    const { record, scan } = await this.snapshots.take({
      project: { root: path, isHome: target.is_home },
      input: { id: input.before_id, include_ignored },
      origin: 'restore',
      requestHash,
      tracked: target.tree,
    });
    this.#journal.begin({ checkpoint_id: id, before_id: record.checkpoint.id, segments });
    return this.#carryOut({ target, before: record, segments, seen: scan.cache, interruptedAt: undefined });
  }

  /** What a crash has cut off. */
  async finishRestore(): Promise<void> {
    using _alone = await this.#lock.acquire(EVERYTHING);
    const unfinished = this.#journal.read();
    if (unfinished === undefined) return;
    const { restore, place } = unfinished;
    const target = this.snapshots.records.get(restore.checkpoint_id);
    const before = this.snapshots.records.get(restore.before_id);
    try {
      if (target === undefined || before === undefined) throw damaged();
      const { segments } = restore;
      await this.#carryOut({ target, before, segments, seen: undefined, interruptedAt: place });
      this.#options.logger.info({ checkpoint_id: restore.checkpoint_id }, 'checkpoints.restore_finished');
    } catch (error) {
      this.#options.logger.error({ err: error }, 'checkpoints.restore_not_finished');
      this.#journal.end();
    }
  }

  async delete(id: CheckpointId): Promise<void> {
    using _alone = await this.#lock.acquire(EVERYTHING);
    this.get(id);
    this.#forget([id]);
  }

  async #carryOut(restore: {
    target: CheckpointRecord;
    before: CheckpointRecord;
    segments: readonly string[];
    seen: StatCache | undefined;
    interruptedAt: number | undefined;
  }): Promise<Checkpoint> {
    const { target, before, segments, seen, interruptedAt } = restore;
    const { objects, records } = this.snapshots;
    const { id, path } = target.checkpoint;
    const plan = planRestore((tree) => objects.readTree(tree), {
      before: before.tree,
      after: target.tree,
      only: segments,
    });
    const outcome = await carryOut({
      root: path,
      plan,
      journal: this.#journal,
      seen,
      interruptedAt,
      readPiece: readingOneAtATime((piece) => objects.read(piece)),
    });
    const restored = {
      checkpoint_id: id,
      path: segments.length === 0 ? null : [path, ...segments].join('/'),
      ...outcome,
    };
    const record = { ...before, checkpoint: { ...before.checkpoint, restored } };
    records.save(record);
    this.#journal.end();
    this.#prune();
    return record.checkpoint;
  }

  /** Before anything is changed. */
  #requireWhole(target: CheckpointRecord): void {
    for (const object of this.snapshots.liveObjects([target]))
      if (!this.snapshots.objects.has(object)) throw damaged();
  }

  #findMade(id: CheckpointId | undefined, key: string | undefined): CheckpointRecord | undefined {
    const { records } = this.snapshots;
    if (id !== undefined) return records.get(id);
    return key === undefined ? undefined : records.findByKey(key);
  }

  /** Makes room. Whatever a crash leaves of it, what is still listed is whole. */
  #prune(): void {
    const { records, objects, maxBytes } = this.snapshots;
    const surplus = chooseSurplus(records.all(), this.#options.limits.checkpoints, Date.now());
    if (surplus.length > 0) this.#forget(surplus.map(({ checkpoint }) => checkpoint.id));
    if (objects.bytes <= maxBytes) return;
    objects.sweep(this.snapshots.liveObjects(records.all()), { isRoomShort: true });
    while (objects.bytes > maxBytes) {
      const [oldest] = oldestFirst(records.all());
      if (oldest === undefined) return;
      this.#forget([oldest.checkpoint.id], { isRoomShort: true });
    }
  }

  #forget(ids: readonly CheckpointId[], room = { isRoomShort: false }): void {
    const { records, objects } = this.snapshots;
    for (const id of ids) records.delete(id);
    objects.sweep(this.snapshots.liveObjects(records.all()), room);
  }
}

/** Each is read twice on end: once to see that it is whole, before anything is written. */
function readingOneAtATime(read: (id: string) => Buffer): (id: string) => Buffer {
  let last: { id: string; content: Buffer } | undefined;
  return (id) => {
    if (last?.id !== id) last = { id, content: read(id) };
    return last.content;
  };
}

function requireSame(record: CheckpointRecord, requestHash: string): CheckpointRecord {
  if (record.request_hash === requestHash) return record;
  const message = 'This id or idempotency key was used for another request. Use a new one.';
  throw new PodexError('idempotency_key_reused', message, {});
}

function hashOfRequest(request: object): string {
  return createHash('sha256')
    .update(JSON.stringify(Object.entries(request).sort()))
    .digest('hex');
}
