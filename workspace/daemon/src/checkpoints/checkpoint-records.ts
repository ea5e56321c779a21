import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { checkpoint } from '@podex/contracts/checkpoints';
import type { CheckpointId } from '@podex/contracts/ids';
import { z } from 'zod';
import type { Logger } from '../logging/logger.ts';
import { syncFolder } from './object-store.ts';

const checkpointRecord = z.object({
  checkpoint,
  /** Of its top folder. */
  tree: z.string(),
  /** Whether the folder is the home. */
  is_home: z.boolean(),
  /** Of the request that made it. */
  request_hash: z.string(),
  idempotency_key: z.string().optional(),
});
export type CheckpointRecord = z.infer<typeof checkpointRecord>;

/** What is known of each checkpoint, one small file for each. */
export class CheckpointRecords {
  readonly #folder: string;
  readonly #records = new Map<CheckpointId, CheckpointRecord>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** What can’t be read is passed over: the others are as good as before. */
  static open(folder: string, logger: Logger): CheckpointRecords {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const records = new CheckpointRecords(folder);
    for (const name of fs.readdirSync(folder)) {
      const file = `${folder}/${name}`;
      if (name.endsWith('.new')) fs.rmSync(file, { force: true });
      if (!name.endsWith('.json')) continue;
      try {
        const record = checkpointRecord.parse(JSON.parse(fs.readFileSync(file, 'utf8')));
        records.#records.set(record.checkpoint.id, record);
      } catch (error) {
        logger.error({ err: error, file: name }, 'checkpoints.record_damaged');
      }
    }
    return records;
  }

  /** The newest first. */
  all(): CheckpointRecord[] {
    return [...this.#records.values()].sort((one, other) => madeAt(other) - madeAt(one));
  }

  get(id: CheckpointId): CheckpointRecord | undefined {
    return this.#records.get(id);
  }

  findByKey(key: string): CheckpointRecord | undefined {
    return this.all().find((record) => record.idempotency_key === key);
  }

  /** The last one of the same folder that is older. */
  before(record: CheckpointRecord): CheckpointRecord | undefined {
    return this.all().find((other) => isOfSameFolder(record, other) && madeAt(other) < madeAt(record));
  }

  /** Durable when it returns. */
  save(record: CheckpointRecord): void {
    writeDurably(this.#fileOf(record.checkpoint.id), JSON.stringify(record));
    this.#records.set(record.checkpoint.id, record);
  }

  delete(id: CheckpointId): void {
    fs.rmSync(this.#fileOf(id), { force: true });
    this.#records.delete(id);
  }

  #fileOf(id: CheckpointId): string {
    return `${this.#folder}/${id}.json`;
  }
}

/** By the clock, and where that stood still by the id. */
function madeAt({ checkpoint: { created_at } }: CheckpointRecord): number {
  return Date.parse(created_at);
}

function isOfSameFolder(one: CheckpointRecord, other: CheckpointRecord): boolean {
  const { path, include_ignored } = one.checkpoint;
  return path === other.checkpoint.path && include_ignored === other.checkpoint.include_ignored;
}

/** Beside it and renamed over it, so that a crash leaves the old or the new. Throws what the operating system says. */
export function writeDurably(file: string, text: string): void {
  const temporary = `${file}.${randomBytes(4).toString('hex')}.new`;
  try {
    const fd = fs.openSync(temporary, 'wx', 0o600);
    try {
      fs.writeFileSync(fd, text);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(file.slice(0, file.lastIndexOf('/')));
}
