import * as fs from 'node:fs';
import { checkpointId } from '@podex/contracts/ids';
import { z } from 'zod';
import type { Logger } from '../logging/logger.ts';
import { writeDurably } from './checkpoint-records.ts';

/** In the folder of checkpoints. The daemon looks for it when it starts. */
export const RESTORE_FILE = 'restore.json';
const PLACE_FILE = 'restore.place';
const NUMBER_CHARACTERS = 12;

const unfinishedRestore = z.object({
  checkpoint_id: checkpointId,
  before_id: checkpointId,
  /** Below the folder of the checkpoint; empty for all of it. */
  segments: z.array(z.string()),
});
export type UnfinishedRestore = z.infer<typeof unfinishedRestore>;

/** What a restore is about to do, so that one that a crash has cut off is finished. */
export class RestoreJournal {
  readonly #file: string;
  readonly #placeFile: string;
  readonly #logger: Logger;
  #fd: number | undefined;

  constructor(folder: string, logger: Logger) {
    this.#file = `${folder}/${RESTORE_FILE}`;
    this.#placeFile = `${folder}/${PLACE_FILE}`;
    this.#logger = logger;
  }

  /** Durable when it returns. */
  begin(restore: UnfinishedRestore): void {
    fs.rmSync(this.#placeFile, { force: true });
    writeDurably(this.#file, JSON.stringify(restore));
  }

  /** Says which place of the plan is next. A crash of this process leaves that to be read. */
  note(index: number): void {
    this.#fd ??= fs.openSync(this.#placeFile, 'w', 0o600);
    fs.writeSync(this.#fd, String(index).padStart(NUMBER_CHARACTERS), 0);
  }

  end(): void {
    fs.rmSync(this.#file, { force: true });
    if (this.#fd !== undefined) fs.closeSync(this.#fd);
    this.#fd = undefined;
    fs.rmSync(this.#placeFile, { force: true });
  }

  /** What a crash has cut off, and at which place of the plan. */
  read(): { restore: UnfinishedRestore; place: number | undefined } | undefined {
    const text = readIfThere(this.#file);
    if (text === undefined) return undefined;
    try {
      const place = Number.parseInt(readIfThere(this.#placeFile) ?? '', 10);
      return {
        restore: unfinishedRestore.parse(JSON.parse(text)),
        place: Number.isSafeInteger(place) ? place : undefined,
      };
    } catch (error) {
      this.#logger.error({ err: error }, 'checkpoints.restore_journal_damaged');
      this.end();
      return undefined;
    }
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
