import type { TurnWaiting } from '@podex/contracts/conversations';
import type { TranscriptTurn } from '@podex/contracts/transcript';
import { backoffMs, pause } from '@podex/service-kit/waiting';
import { CliError, EXIT } from '../cli-error.ts';
import type { ApiConnection } from '../connection/connect.ts';
import { ApprovalPrompts, pendingApprovals } from '../conversations/approval-prompts.ts';
import { cancelTurn } from '../conversations/conversation-requests.ts';
import { type FollowedTurn, followTurn } from '../conversations/follow-turn.ts';
import { painterOf } from '../conversations/painter.ts';
import { shownLine } from '../conversations/shown-text.ts';
import { TurnPrinter } from '../conversations/turn-printer.ts';
import { waitingReasonText } from '../conversations/waiting-reason-text.ts';

export interface FollowOptions {
  json?: boolean;
  reasoning?: boolean;
  /** False: ends where the turn would wait. */
  wait: boolean;
}

/** Why the command ends before its turn, which goes on. */
class Left extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Shows a turn on the terminal until it has ended, and asks the person for its approvals. The first Ctrl-C cancels it, the second leaves it.
 *
 * @returns the exit code. @throws CliError with what it failed of.
 */
export async function followOnTerminal(
  connection: ApiConnection,
  followed: FollowedTurn,
  options: FollowOptions,
): Promise<number> {
  const terminal = new FollowingTerminal(connection, followed, options);
  const onSignal = () => terminal.interrupt();
  process.on('SIGINT', onSignal);
  try {
    return exitCodeOf(await terminal.follow());
  } catch (error) {
    if (!(error instanceof Left)) throw error;
    const cure = `podex agent --conversation ${followed.conversationId}   follows it again`;
    process.stderr.write(`${error.message}\n  ${cure}\n`);
    return error.exitCode;
  } finally {
    process.off('SIGINT', onSignal);
  }
}

function exitCodeOf({ status, failure }: TranscriptTurn): number {
  if (status === 'failed') throw new CliError(shownLine(failure?.message ?? 'The turn failed'));
  if (status !== 'cancelled') return 0;
  process.stderr.write('The turn was cancelled\n');
  return EXIT.interrupted;
}

function waitingText(waiting: TurnWaiting): string {
  return waitingReasonText(waiting, new Date());
}

function continuesText(waiting: TurnWaiting): string {
  return `${waitingText(waiting)}. It continues without you`;
}

class FollowingTerminal {
  readonly #connection: ApiConnection;
  readonly #followed: FollowedTurn;
  readonly #options: FollowOptions;
  readonly #leave = new AbortController();
  readonly #printer: TurnPrinter | undefined;
  readonly #prompts: ApprovalPrompts | undefined;
  /** What standard error has said, each once. */
  readonly #told = new Set<string>();
  #turn: TranscriptTurn | undefined;
  #isCancelling = false;

  constructor(connection: ApiConnection, followed: FollowedTurn, options: FollowOptions) {
    this.#connection = connection;
    this.#followed = followed;
    this.#options = options;
    if (options.json) return;
    this.#prompts = process.stdin.isTTY ? this.#createPrompts() : undefined;
    this.#printer = new TurnPrinter({
      write: (text) => process.stdout.write(text),
      paint: painterOf(process.stdout),
      showsReasoning: options.reasoning === true,
      columns: process.stdout.isTTY ? process.stdout.columns : undefined,
      hasShown: (id) => this.#prompts?.hasAsked(id) === true,
      ...(followed.messageId === undefined ? {} : { ownMessage: followed.messageId }),
    });
  }

  async follow(): Promise<TranscriptTurn> {
    const view = {
      ...(this.#options.json ? { event: (json: string) => process.stdout.write(`${json}\n`) } : {}),
      turn: (turn: TranscriptTurn) => this.#show(turn),
      connection: (state: 'lost' | 'restored') =>
        this.#note(state === 'lost' ? 'The connection to Podex broke; trying again' : 'Connected again'),
    };
    try {
      return await followTurn(this.#connection, this.#followed, view, this.#leave.signal);
    } finally {
      this.#prompts?.close();
      this.#printer?.endLine();
    }
  }

  /** Ctrl-C. */
  interrupt(): void {
    const waiting = this.#turn?.waiting ?? null;
    if (this.#isCancelling) {
      this.#end('The turn is being cancelled without you', EXIT.interrupted);
    } else if (waiting !== null && waiting.reason !== 'approval') {
      this.#end(continuesText(waiting), EXIT.waiting);
    } else {
      this.#isCancelling = true;
      this.#prompts?.close();
      this.#note('Cancelling the turn; Ctrl-C again leaves at once');
      this.#cancel().catch((error: unknown) => this.#leave.abort(error));
    }
  }

  /** Until api has taken it, or the person does not wait for that. */
  async #cancel(): Promise<void> {
    const { signal } = this.#leave;
    for (let tries = 0; !signal.aborted; tries += 1) {
      try {
        return await cancelTurn(this.#connection.ask, this.#turn?.id ?? this.#followed.turnId, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof CliError) || error.exitCode !== EXIT.notRunning) throw error;
        await pause(backoffMs(tries, 250, 5_000), signal);
      }
    }
  }

  #show(turn: TranscriptTurn): void {
    this.#turn = turn;
    this.#prompts?.update(turn);
    // What comes while a question is open is shown behind it.
    if (this.#prompts?.isAsking !== true) this.#printer?.show(turn);
    this.#tellRetry(turn);
    if (this.#prompts === undefined) this.#announceApprovals(turn);
    const { waiting } = turn;
    if (waiting === null || waiting.reason === 'approval' || turn.ended_at !== null) return;
    if (this.#options.wait) this.#tellOnce(`${waitingText(waiting)}. Ctrl-C leaves it running`);
    else this.#end(continuesText(waiting), EXIT.waiting);
  }

  #tellRetry({ retry }: TranscriptTurn): void {
    if (retry === null) return;
    const seconds = Math.ceil(retry.in_ms / 1000);
    this.#tellOnce(`${shownLine(retry.reason)} Trying again in ${seconds} s`, retry.at);
  }

  #announceApprovals(turn: TranscriptTurn): void {
    const pending = pendingApprovals(turn);
    for (const { id, summary } of pending) {
      const how = ['show', 'approve', 'deny'].map((verb) => `\n  podex approvals ${verb} ${id}`);
      this.#tellOnce(`The agent needs an approval: ${shownLine(summary)}${how.join('')}`, id);
    }
    if (this.#options.wait || turn.waiting?.reason !== 'approval' || pending.length === 0) return;
    this.#end('The turn waits for an approval', EXIT.needsApproval);
  }

  #createPrompts(): ApprovalPrompts {
    return new ApprovalPrompts({
      ask: this.#connection.ask,
      input: process.stdin,
      output: process.stderr,
      paint: painterOf(process.stderr),
      onAway: (how) =>
        how === 'interrupt'
          ? this.interrupt()
          : this.#end('The turn waits for an approval', EXIT.needsApproval),
      onClosed: () => {
        if (this.#turn !== undefined && !this.#leave.signal.aborted) this.#show(this.#turn);
      },
      onError: (error) => this.#leave.abort(error),
    });
  }

  #end(message: string, exitCode: number): void {
    this.#leave.abort(new Left(message, exitCode));
  }

  #tellOnce(text: string, key = text): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#note(text);
  }

  #note(text: string): void {
    // A file or a program that reads the output has it as the agent wrote it.
    if (process.stdout.isTTY) this.#printer?.endLine();
    process.stderr.write(`${painterOf(process.stderr)('dim', text)}\n`);
  }
}
