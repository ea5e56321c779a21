import type { Approval } from '@podex/contracts/conversations';
import type { TranscriptTurn } from '@podex/contracts/transcript';
import { CliError, formatCliError } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { approvalText } from './approval-text.ts';
import { askApproval } from './ask-approval.ts';
import { hasCode, resolveApproval } from './conversation-requests.ts';
import type { Paint } from './painter.ts';

export interface PromptsOptions {
  ask: AskApi;
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  paint: Paint;
  /** The person leaves, or presses Ctrl-C. */
  onAway(how: 'detach' | 'interrupt'): void;
  /** No question is open any more. */
  onClosed(): void;
  onError(error: unknown): void;
}

/** The approvals that a turn waits for, which are still open. */
export function pendingApprovals({ items }: TranscriptTurn): Approval[] {
  return items.flatMap((item) =>
    item.type === 'tool_call' && item.approval?.status === 'pending' ? [item.approval] : [],
  );
}

/** Asks the person at the terminal for each approval of a turn, one after the other; one that is decided elsewhere is asked no more. */
export class ApprovalPrompts {
  readonly #options: PromptsOptions;
  /** Decided, or being asked: its event may still be on its way. */
  readonly #asked = new Set<string>();
  #open: { id: string; end: AbortController } | undefined;
  #isAway = false;

  constructor(options: PromptsOptions) {
    this.#options = options;
  }

  get isAsking(): boolean {
    return this.#open !== undefined;
  }

  hasAsked(approvalId: string): boolean {
    return this.#asked.has(approvalId);
  }

  update(turn: TranscriptTurn): void {
    const pending = pendingApprovals(turn);
    if (this.#open !== undefined) {
      const { id, end } = this.#open;
      if (!pending.some((one) => one.id === id)) end.abort(new Error('decided elsewhere'));
      return;
    }
    const next = pending.find(({ id }) => !this.#asked.has(id));
    if (next === undefined || this.#isAway) return;
    this.#open = { id: next.id, end: new AbortController() };
    this.#asked.add(next.id);
    void this.#decide(next, this.#open.end.signal);
  }

  /** Takes the question away. */
  close(): void {
    this.#isAway = true;
    this.#open?.end.abort(new Error('not asked any more'));
  }

  async #decide(approval: Approval, signal: AbortSignal): Promise<void> {
    const { onAway, onClosed, onError } = this.#options;
    try {
      const away = await this.#askUntilTaken(approval, signal);
      this.#open = undefined;
      this.#isAway = away !== undefined;
      if (away === undefined) onClosed();
      else onAway(away);
    } catch (error) {
      this.#open = undefined;
      if (signal.aborted) onClosed();
      else onError(error);
    }
  }

  async #askUntilTaken(approval: Approval, signal: AbortSignal): Promise<'detach' | 'interrupt' | undefined> {
    const { ask, input, output, paint } = this.#options;
    output.write(`${approvalText(approval, paint)}\n`);
    for (;;) {
      const answer = await askApproval(approval, { input, output, signal });
      if (typeof answer === 'string') return answer;
      try {
        await resolveApproval(ask, approval.id, answer);
        return undefined;
      } catch (error) {
        if (hasCode(error, 'approval_already_resolved')) return undefined;
        if (!(error instanceof CliError)) throw error;
        output.write(`${formatCliError(error)}\n`);
      }
    }
  }
}
