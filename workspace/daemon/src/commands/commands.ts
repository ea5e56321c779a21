import { setTimeout as pause } from 'node:timers/promises';
import { COMMAND_OUTPUT_TAIL_BYTES, type Command, type RunCommandInput } from '@podex/contracts/commands';
import { PodexError } from '@podex/contracts/errors';
import type { CommandId } from '@podex/contracts/ids';
import type { Logger } from '../logging/logger.ts';
import { signalGroup } from '../spawning/process-group.ts';
import type { UserAccount } from '../user/user-account.ts';
import type { CommandJournal } from './command-journal.ts';
import { CommandProcess, type ProcessLimits, type ProcessOutcome } from './command-process.ts';
import { type CommandRecord, hashOfInput } from './command-record.ts';
import { endProcesses } from './end-processes.ts';
import type { OutputLog } from './output-log.ts';
import type { ProcessStarter } from './process-starter.ts';
import { decodeTail } from './utf8-tail.ts';

export interface CommandsOptions {
  account: UserAccount;
  journal: CommandJournal;
  starter: ProcessStarter;
  maxRunning: number;
  processLimits: ProcessLimits;
  logger: Logger;
}

export interface WaitForEnd {
  /** The response then says what is true. */
  waitMs: number;
  /** Ends the waiting, never the command. */
  signal: AbortSignal;
}

interface LiveCommand {
  inputHash: string;
  /** Until then nobody can be told anything about it. Rejects when it could not be started, and then it never was. */
  started: Promise<void>;
  log?: OutputLog;
  process?: CommandProcess;
  /** Resolves when its end is recorded. */
  ended: Promise<void>;
}

/** Runs commands as the user: each id once, whatever crashes or disconnects in between. */
export class Commands {
  readonly #options: CommandsOptions;
  readonly #live = new Map<CommandId, LiveCommand>();

  constructor(options: CommandsOptions) {
    this.#options = options;
  }

  get runningCount(): number {
    return this.#live.size;
  }

  /**
   * Starts the command, or attaches to it when the id was used with the same input.
   *
   * @throws PodexError command_body_differs, limit_reached, file_not_found (cwd), disk_full.
   */
  async run(id: CommandId, input: RunCommandInput, wait: WaitForEnd): Promise<Command> {
    const inputHash = hashOfInput(input);
    const knownHash = this.#live.get(id)?.inputHash ?? this.#options.journal.find(id)?.input_hash;
    if (knownHash !== undefined && knownHash !== inputHash) {
      throw new PodexError('command_body_differs', 'This command id was used for another command.', {});
    }
    if (knownHash === undefined) this.#begin(id, input, inputHash);
    return this.get(id, input.background ? { ...wait, waitMs: 0 } : wait);
  }

  /** @throws PodexError command_not_found. */
  async get(id: CommandId, wait: WaitForEnd): Promise<Command> {
    const live = this.#live.get(id);
    await live?.started;
    if (live !== undefined && wait.waitMs > 0) await waitForEnd(live.ended, wait);
    return this.#present(id, live?.log);
  }

  /** @throws PodexError command_not_found. */
  async signal(id: CommandId, signal: NodeJS.Signals): Promise<Command> {
    const live = this.#live.get(id);
    await live?.started;
    if (live?.process) await live.process.signal(signal);
    else await this.#signalLeftBehind(this.#find(id), signal);
    return this.#present(id);
  }

  /** @throws PodexError command_not_found. */
  async openOutput(id: CommandId): Promise<OutputLog> {
    const live = this.#live.get(id);
    await live?.started;
    return live?.log ?? this.#options.journal.reopenLog(this.#find(id));
  }

  /** Ends all commands, at the latest after `graceMs`, and records how. */
  async stop(graceMs: number): Promise<void> {
    const live = [...this.#live.values()];
    await Promise.allSettled(live.map(({ process }) => process?.signal('SIGTERM', graceMs)));
    await Promise.allSettled(live.map(({ ended }) => ended));
  }

  #begin(id: CommandId, input: RunCommandInput, inputHash: string): void {
    const { maxRunning } = this.#options;
    if (this.#live.size >= maxRunning) {
      const limit = { limit: 'running commands', max: maxRunning };
      throw new PodexError(
        'limit_reached',
        `${maxRunning} commands are running already. Wait for one to end, or end one.`,
        limit,
      );
    }
    const { promise: ended, resolve: markEnded } = Promise.withResolvers<void>();
    const live: LiveCommand = { inputHash, started: Promise.resolve(), ended };
    // Before the first await, so that a request that comes meanwhile attaches.
    this.#live.set(id, live);
    live.started = this.#start(id, input, live, markEnded).catch((error: unknown) => {
      this.#live.delete(id);
      markEnded();
      throw error;
    });
  }

  async #start(
    id: CommandId,
    input: RunCommandInput,
    live: LiveCommand,
    markEnded: () => void,
  ): Promise<void> {
    const { account, journal, starter, processLimits, logger } = this.#options;
    const cwd = await account.workingDirectory(input.cwd);
    const prepared = await starter.prepare(id, input, cwd);
    try {
      const log = journal.createLog(id);
      const record = newRecord(id, live.inputHash);
      await journal.recordStart(record);
      live.log = log;
      live.process = await CommandProcess.start({
        id,
        begin: prepared.begin,
        pipe: prepared.pipe,
        log,
        timeoutMs: input.timeout_ms,
        limits: processLimits,
        logger,
      });
      const { process } = live;
      const named = this.#recordProcess(record, process);
      process.ended
        .then(async (outcome) => this.#recordEnd(await named, log, outcome))
        .catch((error: unknown) => logger.error({ err: error, command_id: id }, 'command.record_failed'))
        .finally(() => {
          this.#live.delete(id);
          markEnded();
        });
    } catch (error) {
      prepared.discard();
      throw error;
    }
  }

  async #recordProcess(record: CommandRecord, process: CommandProcess): Promise<CommandRecord> {
    const { journal, logger } = this.#options;
    const named = { ...record, process: process.identity ?? null };
    await journal
      .recordProcess(named)
      .catch((error: unknown) => logger.warn({ err: error, command_id: record.id }, 'command.record_failed'));
    return named;
  }

  async #recordEnd(record: CommandRecord, log: OutputLog, outcome: ProcessOutcome): Promise<void> {
    await this.#options.journal.recordEnd(log, {
      ...record,
      status: statusOf(outcome),
      exit_code: outcome.exitCode,
      signal: outcome.signal,
      output_bytes: log.end,
      ended_at: new Date().toISOString(),
    });
  }

  /** Processes that a finished command left behind (`server &`). The group is its own while its leader’s pid is not in use. */
  async #signalLeftBehind({ id, process: identity }: CommandRecord, signal: NodeJS.Signals): Promise<void> {
    if (identity === null) return;
    const groupId = Number(identity.split('/')[1]);
    const leader = !isProcess(groupId) && signalGroup(groupId, 0) ? groupId : undefined;
    await endProcesses({ id, leader, signal, graceMs: this.#options.processLimits.killGraceMs });
  }

  #find(id: CommandId): CommandRecord {
    const record = this.#options.journal.find(id);
    if (record === undefined) throw new PodexError('command_not_found', `There is no command ${id}.`, {});
    return record;
  }

  async #present(id: CommandId, heldLog?: OutputLog): Promise<Command> {
    const log = heldLog ?? (await this.openOutput(id));
    const record = this.#find(id);
    const tail = await log.readTail(COMMAND_OUTPUT_TAIL_BYTES);
    const isCut = log.end > tail.length;
    return {
      id,
      status: record.status,
      exit_code: record.exit_code,
      signal: record.signal,
      output: decodeTail(tail, { isCutInFront: isCut, isOpenEnded: !log.isSealed }),
      output_bytes: log.end,
      truncated: isCut,
      started_at: record.started_at,
      ended_at: record.ended_at,
    };
  }
}

function newRecord(id: CommandId, inputHash: string): CommandRecord {
  return {
    id,
    input_hash: inputHash,
    status: 'running',
    exit_code: null,
    signal: null,
    output_bytes: null,
    process: null,
    started_at: new Date().toISOString(),
    ended_at: null,
  };
}

function statusOf({ signal, isTimedOut }: ProcessOutcome): CommandRecord['status'] {
  if (isTimedOut) return 'timed_out';
  return signal === null ? 'exited' : 'killed';
}

function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function waitForEnd(ended: Promise<void>, { waitMs, signal }: WaitForEnd): Promise<void> {
  const over = new AbortController();
  const stop = () => over.abort();
  signal.addEventListener('abort', stop);
  try {
    const timeout = pause(waitMs, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([ended, timeout]);
  } finally {
    signal.removeEventListener('abort', stop);
    over.abort();
  }
}
