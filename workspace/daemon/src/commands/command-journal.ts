import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { CommandId } from '@podex/contracts/ids';
import { AppendJournal } from '../journal/append-journal.ts';
import type { SpaceReserve } from '../journal/space-reserve.ts';
import type { Logger } from '../logging/logger.ts';
import { identifyProcess } from '../spawning/process-group.ts';
import { type CommandRecord, commandRecord } from './command-record.ts';
import { endProcesses } from './end-processes.ts';
import { OUTPUT_LOG_LIMITS, OutputLog, type OutputLogLimits } from './output-log.ts';

const MAX_MEMORY_LOGS = 16;
/** From an end that was recorded to its being on the disk, together with those that came meanwhile. */
const SYNC_AFTER_MS = 100;

export interface CommandJournalLimits {
  /** Commands that have ended and are still known by id. */
  maxEnded: number;
  /** Output of ended commands, all together. */
  maxOutputBytes: number;
  log: OutputLogLimits;
}

export const COMMAND_JOURNAL_LIMITS: CommandJournalLimits = {
  maxEnded: 2_000,
  maxOutputBytes: 268_435_456,
  log: OUTPUT_LOG_LIMITS,
};

export interface CommandJournalOptions {
  statePath: string;
  reserve: SpaceReserve;
  limits: CommandJournalLimits;
  logger: Logger;
}

/** Which commands were started and how they ended, and the folders of their output. The oldest that have ended are forgotten. */
export class CommandJournal {
  readonly #options: CommandJournalOptions;
  /** In the order of their start. */
  readonly #records = new Map<CommandId, CommandRecord>();
  #journal: AppendJournal<CommandRecord> | undefined;
  /** Whose output still takes room, oldest first. */
  readonly #outputs = new Map<CommandId, number>();
  /** Output that the disk had no room for; of the last few commands. */
  readonly #memoryLogs = new Map<CommandId, OutputLog>();
  #sync: NodeJS.Timeout | undefined;

  private constructor(options: CommandJournalOptions) {
    this.#options = options;
  }

  /** Commands that ran when the daemon last ended are over: what is left of them is killed, and they are recorded as killed. */
  static async open(options: CommandJournalOptions): Promise<CommandJournal> {
    const commands = new CommandJournal(options);
    const { journal, entries } = await AppendJournal.open({
      path: path.join(options.statePath, 'commands.jsonl'),
      schema: commandRecord,
      live: () => [...commands.#records.values()],
      reserve: options.reserve,
      logger: options.logger,
    });
    commands.#journal = journal;
    for (const record of entries) commands.#records.set(record.id, record);
    for (const record of commands.#records.values()) {
      if (record.status === 'running') await commands.#recordLost(record);
      else commands.#outputs.set(record.id, record.output_bytes ?? 0);
    }
    return commands;
  }

  find(id: CommandId): CommandRecord | undefined {
    return this.#records.get(id);
  }

  /** On the disk when it resolves, so that no crash can make a later request run the command again. @throws PodexError disk_full. */
  async recordStart(record: CommandRecord): Promise<void> {
    this.#records.set(record.id, record);
    try {
      await this.#journal?.append(record, { durable: true });
    } catch (error) {
      this.#records.delete(record.id);
      throw error;
    }
  }

  /** Only read to clean up after a crash, and not waited for. */
  async recordProcess(record: CommandRecord): Promise<void> {
    this.#records.set(record.id, record);
    await this.#journal?.append(record, { durable: false });
  }

  /**
   * Written when it resolves: a daemon that is started again knows it. On the disk a little later, because a power loss in between takes
   * what the command wrote to files as well; the command is then told as killed, and still never runs again.
   */
  async recordEnd(log: OutputLog, record: CommandRecord): Promise<void> {
    this.#records.set(record.id, record);
    if (log.isInMemory) this.#keepInMemory(record.id, log);
    this.#outputs.set(record.id, record.output_bytes ?? 0);
    await this.#journal?.append(record, { durable: false });
    this.#sync ??= setTimeout(() => this.#syncNow(), SYNC_AFTER_MS);
    await this.#prune();
  }

  createLog(id: CommandId): OutputLog {
    return OutputLog.create(this.#folderOf(id), this.#options.limits.log);
  }

  /** The output of a command that has ended. */
  async reopenLog({ id, output_bytes: end }: CommandRecord): Promise<OutputLog> {
    const inMemory = this.#memoryLogs.get(id);
    if (inMemory !== undefined) return inMemory;
    return OutputLog.reopen(this.#folderOf(id), this.#options.limits.log, end ?? undefined);
  }

  async close(): Promise<void> {
    clearTimeout(this.#sync);
    await this.#journal?.sync();
    await this.#journal?.close();
  }

  #syncNow(): void {
    this.#sync = undefined;
    this.#journal
      ?.sync()
      .catch((error: unknown) => this.#options.logger.warn({ err: error }, 'command.record_failed'));
  }

  async #recordLost(record: CommandRecord): Promise<void> {
    const pid = Number(record.process?.split('/')[1]);
    const isThere = record.process !== null && identifyProcess(pid) === record.process;
    await endProcesses({ id: record.id, leader: isThere ? pid : undefined, signal: 'SIGKILL', graceMs: 0 });
    const log = await this.reopenLog(record);
    await this.recordEnd(log, {
      ...record,
      status: 'killed',
      output_bytes: log.end,
      ended_at: new Date().toISOString(),
    });
  }

  #keepInMemory(id: CommandId, log: OutputLog): void {
    this.#memoryLogs.set(id, log);
    for (const oldest of this.#memoryLogs.keys()) {
      if (this.#memoryLogs.size <= MAX_MEMORY_LOGS) break;
      this.#memoryLogs.delete(oldest);
    }
  }

  async #prune(): Promise<void> {
    const { maxEnded, maxOutputBytes, log } = this.#options.limits;
    const maxHeld = log.segmentBytes * log.maxSegments;
    let held = 0;
    for (const bytes of this.#outputs.values()) held += Math.min(bytes, maxHeld);
    for (const [id, bytes] of this.#outputs) {
      if (held <= maxOutputBytes) break;
      held -= Math.min(bytes, maxHeld);
      await this.#dropOutput(id);
    }
    let ended = [...this.#records.values()].filter(({ status }) => status !== 'running').length;
    for (const { id, status } of this.#records.values()) {
      if (ended <= maxEnded) break;
      if (status === 'running') continue;
      ended -= 1;
      this.#records.delete(id);
      await this.#dropOutput(id);
    }
  }

  async #dropOutput(id: CommandId): Promise<void> {
    this.#outputs.delete(id);
    await rm(this.#folderOf(id), { recursive: true, force: true });
  }

  #folderOf(id: CommandId): string {
    return path.join(this.#options.statePath, 'commands', id);
  }
}
