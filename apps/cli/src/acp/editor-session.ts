import { type AgentContext, methods, RequestError, type StopReason } from '@agentclientprotocol/sdk';
import type { Approval } from '@podex/contracts/conversations';
import type { ConversationEvent } from '@podex/contracts/events';
import type { TranscriptTurn } from '@podex/contracts/transcript';
import { toCliError } from '../cli-error.ts';
import type { ApiConnection } from '../connection/connect.ts';
import { pendingApprovals } from '../conversations/approval-prompts.ts';
import {
  cancelTurn,
  getConversation,
  getTranscript,
  hasCode,
  resolveApproval,
  sendMessage,
} from '../conversations/conversation-requests.ts';
import { followTurn, startOf } from '../conversations/follow-turn.ts';
import { decisionOf, permissionOptions } from './permissions.ts';
import { toolCallView } from './tool-call-view.ts';
import { TurnUpdates } from './turn-updates.ts';

const TURN_FAILED = -32_603;

export interface SessionOptions {
  conversationId: string;
  /** Of the editor. */
  folder: string;
  connection: ApiConnection;
  client: AgentContext;
  /** For what went wrong beside the protocol. */
  log(line: string): void;
}

/** A conversation that is open in an editor. */
export class EditorSession {
  readonly folder: string;
  readonly #id: string;
  readonly #connection: ApiConnection;
  readonly #client: AgentContext;
  readonly #log: SessionOptions['log'];
  readonly #updates = new TurnUpdates();
  /** Permissions that the editor was asked for, by approval. */
  readonly #asked = new Map<string, AbortController>();
  /** Ends with what is told last: updates keep their order. */
  #telling: Promise<void> = Promise.resolve();
  #turnId: string | undefined;
  #isCancelled = false;

  constructor({ conversationId, folder, connection, client, log }: SessionOptions) {
    this.folder = folder;
    this.#id = conversationId;
    this.#connection = connection;
    this.#client = client;
    this.#log = log;
  }

  /** Tells the editor everything that was said and done so far. */
  async replay(): Promise<void> {
    const { turns } = await getTranscript(this.#connection.ask, this.#id);
    for (const turn of turns) this.#tell(turn);
    await this.#telling;
  }

  /** Says something to the agent, and tells the editor of its turn until it has ended. `signal` ends the telling, not the turn. */
  async prompt(text: string, signal: AbortSignal): Promise<StopReason> {
    const { ask } = this.#connection;
    this.#isCancelled = false;
    const from = await startOf(ask, await getConversation(ask, this.#id));
    const sent = await sendMessage(ask, this.#id, text);
    this.#updates.skipMessage(sent.message_id);
    this.#turnId = sent.turn_id;
    if (this.#isCancelled) await cancelTurn(ask, sent.turn_id);
    const followed = { conversationId: this.#id, turnId: sent.turn_id, messageId: sent.message_id, from };
    let isTruncated = false;
    const view = {
      event: (_json: string, event: ConversationEvent | undefined) => {
        if (event?.type === 'step.finished') isTruncated = event.is_truncated === true;
      },
      turn: (turn: TranscriptTurn) => this.#show(turn),
      connection: (state: string) => this.#log(`the connection to Podex is ${state}`),
    };
    try {
      const turn = await followTurn(this.#connection, followed, view, signal);
      await this.#telling;
      return stopReasonOf(turn, isTruncated);
    } finally {
      this.#turnId = undefined;
      this.#takeBack([]);
    }
  }

  /** Cancels the turn that runs; its prompt ends with it. */
  async cancel(): Promise<void> {
    this.#isCancelled = true;
    if (this.#turnId !== undefined) await cancelTurn(this.#connection.ask, this.#turnId);
  }

  #show(turn: TranscriptTurn): void {
    this.#turnId = turn.id;
    this.#tell(turn);
    const pending = pendingApprovals(turn);
    this.#takeBack(pending);
    for (const approval of pending) this.#askOnce(approval, turn);
  }

  #tell(turn: TranscriptTurn): void {
    for (const update of this.#updates.next(turn)) {
      const params = { sessionId: this.#id, update };
      this.#telling = this.#telling.then(() => this.#client.notify(methods.client.session.update, params));
    }
  }

  #askOnce(approval: Approval, turn: TranscriptTurn): void {
    if (this.#asked.has(approval.id)) return;
    const end = new AbortController();
    this.#asked.set(approval.id, end);
    this.#ask(approval, turn, end.signal).catch((error: unknown) => {
      if (!end.signal.aborted) this.#log(toCliError(error).message);
    });
  }

  async #ask(approval: Approval, { items }: TranscriptTurn, signal: AbortSignal): Promise<void> {
    const call = items.find((item) => item.type === 'tool_call' && item.approval?.id === approval.id);
    if (call?.type !== 'tool_call') return;
    // The editor knows the call before it is asked about it.
    await this.#telling;
    const { outcome } = await this.#client.request(
      methods.client.session.requestPermission,
      { sessionId: this.#id, toolCall: toolCallView(call), options: permissionOptions(approval) },
      { cancellationSignal: signal, stopWaitingOnCancel: true },
    );
    const decision = decisionOf(approval, outcome);
    if (decision === undefined) return;
    try {
      await resolveApproval(this.#connection.ask, approval.id, decision);
    } catch (error) {
      if (!hasCode(error, 'approval_already_resolved')) throw error;
    }
  }

  /** What was decided elsewhere is asked no more. */
  #takeBack(pending: readonly Approval[]): void {
    for (const [id, end] of this.#asked) {
      if (!pending.some((approval) => approval.id === id)) end.abort(new Error('decided elsewhere'));
    }
  }
}

function stopReasonOf({ status, failure }: TranscriptTurn, isTruncated: boolean): StopReason {
  if (status === 'failed') {
    throw new RequestError(TURN_FAILED, failure?.message ?? 'The turn failed', { code: failure?.code });
  }
  if (status === 'cancelled') return 'cancelled';
  return isTruncated ? 'max_tokens' : 'end_turn';
}
