import * as fs from 'node:fs';
import type { Checkpoint, CreateCheckpointInput } from '@podex/contracts/checkpoints';
import { PodexError } from '@podex/contracts/errors';
import { newId } from '@podex/contracts/ids';
import { isDiskFull } from '../journal/space-reserve.ts';
import type { Logger } from '../logging/logger.ts';
import type { CheckpointLimits } from './checkpoint-limits.ts';
import { type CheckpointRecord, CheckpointRecords } from './checkpoint-records.ts';
import { compareTrees } from './compare-trees.ts';
import type { PieceSink } from './file-reading.ts';
import { ObjectStore } from './object-store.ts';
import type { Project } from './open-project.ts';
import { ProjectScan, type Scan, type TrackedFolder } from './project-scan.ts';
import { ScanCaches } from './scan-caches.ts';
import type { TreeEntry } from './tree.ts';

export interface SnapshotsOptions {
  /** Where everything is kept. */
  folder: string;
  limits: CheckpointLimits;
  logger: Logger;
}

export interface SnapshotRequest {
  project: Project;
  input: CreateCheckpointInput;
  origin: Checkpoint['origin'];
  requestHash: string;
  key?: string | undefined;
  /** A tree whose names are looked at even where a .gitignore names them. */
  tracked?: string;
}

/** Makes checkpoints of folders and keeps what they hold. */
export class Snapshots {
  readonly objects: ObjectStore;
  readonly records: CheckpointRecords;
  readonly #caches: ScanCaches;
  readonly #options: SnapshotsOptions;

  constructor(options: SnapshotsOptions) {
    const { folder, logger } = options;
    this.#options = options;
    this.objects = ObjectStore.open(`${folder}/packs`, logger);
    this.records = CheckpointRecords.open(`${folder}/records`, logger);
    this.#caches = new ScanCaches(`${folder}/caches`);
  }

  /** Of the store. */
  get maxBytes(): number {
    const { storeBytes, diskShare } = this.#options.limits;
    const { blocks, bsize } = fs.statfsSync(this.#options.folder);
    return Math.floor(Math.min(storeBytes, blocks * bsize * diskShare));
  }

  /** Durable when it resolves. @throws PodexError disk_full, too_large, limit_reached, and those of files. */
  async take(request: SnapshotRequest): Promise<{ record: CheckpointRecord; scan: Scan }> {
    this.#requireRoom();
    const writer = this.objects.begin();
    try {
      const { maxBytes } = this;
      const sink: PieceSink = {
        has: (id) => this.objects.has(id) || writer.rows.has(id),
        add: (id, content) => {
          if (sink.has(id)) return;
          writer.add(id, content);
          if (writer.bytes > maxBytes) throw tooLarge(maxBytes);
        },
      };
      const scan = await this.look(request, sink);
      this.objects.finish(writer);
      const record = this.#toRecord(request, scan);
      this.records.save(record);
      this.#caches.saveSoon(cacheKeyOf(request));
      return { record, scan };
    } catch (error) {
      throw isDiskFull(error) ? diskFull(error) : error;
    } finally {
      writer.abandon();
    }
  }

  /** The folder as it is; what is read goes to the sink. */
  async look(request: Omit<SnapshotRequest, 'origin' | 'requestHash'>, sink: PieceSink): Promise<Scan> {
    const { project, input, tracked } = request;
    const key = cacheKeyOf(request);
    const scan = await new ProjectScan({
      root: project.root,
      isHome: project.isHome,
      includeIgnored: input.include_ignored,
      cache: this.#caches.get(key),
      sink,
      tracked: tracked === undefined ? undefined : this.#trackedFolder(tracked),
      limits: this.#options.limits,
    }).run();
    this.#caches.set(key, scan.cache);
    return scan;
  }

  /** What the trees of these checkpoints, and of what they restored, need. A damaged one keeps what can be read of it. */
  liveObjects(records: readonly CheckpointRecord[]): Set<string> {
    const live = new Set<string>();
    const trees = records.map(({ tree }) => tree);
    for (let tree = trees.pop(); tree !== undefined; tree = trees.pop()) {
      if (live.has(tree)) continue;
      live.add(tree);
      for (const entry of this.#readIfWhole(tree)) {
        if (entry.kind === 'file') for (const piece of entry.pieces) live.add(piece);
        if (entry.kind === 'directory') trees.push(entry.tree);
      }
    }
    return live;
  }

  #readIfWhole(tree: string): TreeEntry[] {
    try {
      return this.objects.readTree(tree);
    } catch (error) {
      if (PodexError.has(error, 'checkpoint_damaged')) return [];
      throw error;
    }
  }

  /** The user’s programs need some room: the store is not what fills the disk. */
  #requireRoom(): void {
    const { bavail, bsize } = fs.statfsSync(this.#options.folder);
    if (bavail * bsize < this.#options.limits.freeBytes) throw diskFull();
  }

  #toRecord({ project, input, origin, requestHash, key }: SnapshotRequest, scan: Scan): CheckpointRecord {
    const record: CheckpointRecord = {
      checkpoint: {
        id: input.id ?? newId('checkpoint'),
        label: input.label ?? null,
        origin,
        path: project.root,
        include_ignored: input.include_ignored,
        turn_id: input.turn_id,
        tool_call_id: input.tool_call_id,
        created_at: new Date(this.#laterThanAll()).toISOString(),
        files: scan.files,
        bytes: scan.bytes,
        changes: null,
        skipped: scan.skipped,
        skipped_count: scan.skippedCount,
        restored: null,
      },
      tree: scan.tree,
      is_home: project.isHome,
      request_hash: requestHash,
      ...(key === undefined ? {} : { idempotency_key: key }),
    };
    record.checkpoint.changes = this.#changesOf(record);
    return record;
  }

  /** Dates order checkpoints, also those of one millisecond and after a clock was set back. */
  #laterThanAll(): number {
    const newest = this.records.all()[0]?.checkpoint.created_at;
    return Math.max(Date.now(), newest === undefined ? 0 : Date.parse(newest) + 1);
  }

  #changesOf(record: CheckpointRecord): Checkpoint['changes'] {
    const previous = this.records.before(record);
    if (previous === undefined) return null;
    const changes = { added: 0, modified: 0, removed: 0 };
    const read = (id: string) => this.#readIfWhole(id);
    for (const { before, after } of compareTrees(read, previous.tree, record.tree)) {
      if (before?.kind === 'directory' || after?.kind === 'directory' || before?.kind === 'skipped') continue;
      if (before === undefined) changes.added += 1;
      else if (after === undefined) changes.removed += 1;
      else changes.modified += 1;
    }
    return changes;
  }

  #trackedFolder(tree: string): TrackedFolder {
    const entries = new Map(this.objects.readTree(tree).map((entry) => [entry.name, entry]));
    return {
      has: (name) => entries.has(name),
      folder: (name) => {
        const entry = entries.get(name);
        return entry?.kind === 'directory' ? this.#trackedFolder(entry.tree) : undefined;
      },
    };
  }
}

function cacheKeyOf({ project, input }: Pick<SnapshotRequest, 'project' | 'input'>): string {
  return JSON.stringify([project.root, input.include_ignored]);
}

function diskFull(cause?: unknown): PodexError {
  const message = 'The disk of the workspace has no room for a checkpoint. Delete something first.';
  return new PodexError('disk_full', message, {}, { cause });
}

function tooLarge(maxBytes: number): PodexError {
  const message = `The folder does not fit into the ${Math.floor(maxBytes / 1024 ** 2)} MB that checkpoints may take up. Make a checkpoint of a folder in it, or name what is not wanted in .gitignore.`;
  return new PodexError('too_large', message, { max_bytes: maxBytes });
}
