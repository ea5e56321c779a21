import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AgentMode, ApprovalAnswer, TurnWaitingReason } from '@podex/contracts/conversations';
import { PodexError } from '@podex/contracts/errors';
import type { ConversationEventBody, ModelCallEvent } from '@podex/contracts/events';
import { newId, type TurnId, turnId, type WorkspaceId } from '@podex/contracts/ids';
import {
  type AppendInput,
  type AppendResult,
  appendInput,
  type ClaimedTurn,
  claimInput,
  contextInput,
  type LeaseState,
  presenceInput,
  type ReleaseInput,
  releaseInput,
  renewInput,
} from '@podex/contracts/internal/turns';
import type { ReasoningEffort } from '@podex/contracts/models';
import { type HttpEnv, useHttpBasics } from '@podex/service-kit/http-app';
import { startHttpServer } from '@podex/service-kit/http-server';
import { internalAuth } from '@podex/service-kit/internal-auth';
import { createLogger } from '@podex/service-kit/logger';
import { waitUntil } from '@podex/service-kit/waiting';
import { Hono } from 'hono';
import {
  type ApprovalRecord,
  type ConversationRecord,
  project,
  type TurnRecord,
  toContext,
  toNews,
} from './turn-records.ts';

/** Stands for what api signs; the workspace double opens with it. */
export const TURN_CAPABILITY = 'capability-of-the-tests';
export const INTERNAL_TOKEN = 'internal-token-of-the-tests-of-agent';

const ACTIVE = new Set<TurnRecord['status']>(['queued', 'running', 'waiting']);

/**
 * api’s side of turns over HTTP, in memory: leases, idempotent appends, approvals, steering. What a person does (messages,
 * cancelling, approving) is a method; so is what goes wrong (api away, a lease that ends early).
 */
export class TurnsApiDouble {
  readonly conversations: ConversationRecord[] = [];
  leaseTtlMs = 4000;
  /** The body of `GET /internal/providers`. */
  openrouterApiKey: string | null = null;
  /** The responses to these appends are lost after they were taken: the worker must send them again. */
  loseNextAppendAnswers = 0;
  isAway = false;
  url = '';
  appendRequests = 0;
  contextRequests = 0;
  #close: () => Promise<void> = async () => undefined;

  static async start(port = 0): Promise<TurnsApiDouble> {
    const double = new TurnsApiDouble();
    const app = new Hono<HttpEnv>();
    useHttpBasics(app, createLogger({ service: 'api-double', level: 'silent' }));
    app.use('/internal/*', internalAuth(INTERNAL_TOKEN));
    app.use('/internal/*', async (_context, next) => {
      if (double.isAway) throw new PodexError('service_unavailable', 'away', { service: 'api' });
      await next();
    });
    double.#addRoutes(app);
    const server = await startHttpServer({ fetch: app.fetch, port, host: '127.0.0.1' });
    double.url = `http://127.0.0.1:${server.port}`;
    double.#close = () => server.close(0);
    return double;
  }

  stop(): Promise<void> {
    return this.#close();
  }

  addConversation(options: {
    workspaceId: WorkspaceId;
    mode?: AgentMode;
    model?: string | null;
    reasoningEffort?: ReasoningEffort | null;
  }): ConversationRecord {
    const conversation: ConversationRecord = {
      id: newId('conversation'),
      workspaceId: options.workspaceId,
      mode: options.mode ?? 'auto',
      model: options.model ?? null,
      reasoningEffort: options.reasoningEffort ?? null,
      rules: [],
      modelCalls: [],
      turns: [],
      events: [],
    };
    this.conversations.push(conversation);
    return conversation;
  }

  /** Steers the turn that runs, or starts one. */
  send(conversation: ConversationRecord, text: string): TurnRecord {
    let turn = conversation.turns.findLast((candidate) => ACTIVE.has(candidate.status));
    if (turn === undefined) {
      turn = newTurn();
      conversation.turns.push(turn);
    }
    turn.messages.push({
      message_id: newId('message'),
      text,
      before_step: (turn.steps.at(-1)?.index ?? -1) + 1,
    });
    return turn;
  }

  cancel(turn: TurnRecord): void {
    turn.cancelRequested = true;
  }

  resolve(turn: TurnRecord, status: 'approved' | 'denied', which: ApprovalRecord[] = turn.approvals): void {
    for (const approval of which) if (approval.status === 'pending') approval.status = status;
    if (isForPerson(turn.waiting?.reason) && !hasPending(turn)) queue(turn);
  }

  /** Of a question or a plan; an approved plan changes the mode. */
  answer(turn: TurnRecord, status: 'approved' | 'denied', answer: ApprovalAnswer | null): void {
    for (const approval of turn.approvals) if (approval.status === 'pending') approval.answer = answer;
    if (answer?.mode !== undefined) this.conversationOf(turn).mode = answer.mode;
    this.resolve(turn, status);
  }

  /** What the turn waits for has passed. */
  wake(turn: TurnRecord): void {
    queue(turn);
  }

  /** Another worker may take the turn from now on. */
  endLease(turn: TurnRecord): void {
    if (turn.lease !== undefined) turn.lease.until = 0;
  }

  conversationOf(turn: TurnRecord): ConversationRecord {
    const found = this.conversations.find((conversation) => conversation.turns.includes(turn));
    if (found === undefined) throw new Error('There is no such turn.');
    return found;
  }

  eventsOf(turn: TurnRecord): ConversationEventBody[] {
    return this.conversationOf(turn).events.filter((event) => event.turn_id === turn.id);
  }

  /** What the worker said of its calls of models: that they began, or how they ended. */
  modelCallsOf<Type extends ModelCallEvent['type']>(
    turn: TurnRecord,
    type: Type,
  ): Extract<ModelCallEvent, { type: Type }>[] {
    return this.conversationOf(turn).modelCalls.filter(
      (event): event is Extract<ModelCallEvent, { type: Type }> =>
        event.turn_id === turn.id && event.type === type,
    );
  }

  waitForStatus(turn: TurnRecord, status: TurnRecord['status'], timeoutMs = 20_000): Promise<true> {
    return waitUntil(async () => (turn.status === status ? (true as const) : undefined), {
      timeoutMs,
      everyMs: 10,
    });
  }

  waitForEvent(
    turn: TurnRecord,
    fits: (event: ConversationEventBody) => boolean,
    timeoutMs = 20_000,
  ): Promise<ConversationEventBody> {
    return waitUntil(async () => this.eventsOf(turn).find(fits), { timeoutMs, everyMs: 10 });
  }

  #addRoutes(app: Hono<HttpEnv>): void {
    app.get('/internal/providers', (context) =>
      context.json({ default_provider: null, openrouter_api_key: this.openrouterApiKey }),
    );
    app.post('/internal/turns/claim', async (context) => {
      const { wait_ms: waitMs } = claimInput.parse(await context.req.json());
      return context.json({ turn: await this.#claim(waitMs, context.req.raw.signal) });
    });
    app.post('/internal/turns/presence', async (context) => {
      const { wait_ms: waitMs } = presenceInput.parse(await context.req.json());
      await delay(waitMs, undefined, { signal: context.req.raw.signal }).catch(() => undefined);
      return context.body(null, 204);
    });
    app.post('/internal/turns/:id/context', async (context) => {
      const { lease_token: token } = contextInput.parse(await context.req.json());
      const turn = this.#leased(turnId.parse(context.req.param('id')), token);
      turn.messagesGiven = turn.messages.length;
      this.contextRequests += 1;
      return context.json(toContext(this.conversationOf(turn), turn));
    });
    app.post('/internal/turns/:id/renew', async (context) => {
      const { lease_token: token } = renewInput.parse(await context.req.json());
      return context.json(this.#renew(this.#leased(turnId.parse(context.req.param('id')), token)));
    });
    app.post('/internal/turns/:id/events', async (context) => {
      const batch = appendInput.parse(await context.req.json());
      const state = this.#append(turnId.parse(context.req.param('id')), batch);
      if (this.loseNextAppendAnswers > 0) {
        this.loseNextAppendAnswers -= 1;
        throw new PodexError('service_unavailable', 'The response was lost.', { service: 'api' });
      }
      return context.json(state);
    });
    app.post('/internal/turns/:id/release', async (context) => {
      const input = releaseInput.parse(await context.req.json());
      const turn = this.#leased(turnId.parse(context.req.param('id')), input.lease_token);
      return context.json({ outcome: this.#release(turn, input) });
    });
  }

  async #claim(waitMs: number, signal: AbortSignal): Promise<ClaimedTurn | null> {
    for (const deadline = Date.now() + waitMs; Date.now() <= deadline && !signal.aborted; await delay(5)) {
      for (const conversation of this.conversations) {
        const turn = conversation.turns.find((candidate) => ACTIVE.has(candidate.status));
        if (turn === undefined || !isClaimable(turn)) continue;
        turn.status = 'running';
        turn.waiting = undefined;
        turn.lease = { token: randomUUID(), until: Date.now() + this.leaseTtlMs };
        conversation.events.push({ type: 'turn.started', turn_id: turn.id, attempt: 1 });
        return {
          turn_id: turn.id,
          conversation_id: conversation.id,
          workspace_id: conversation.workspaceId,
          lease_token: turn.lease.token,
          lease_ttl_ms: this.leaseTtlMs,
          capability: TURN_CAPABILITY,
        };
      }
    }
    return null;
  }

  #append(id: TurnId, batch: AppendInput): AppendResult {
    this.appendRequests += 1;
    const turn = this.#leased(id, batch.lease_token);
    const conversation = this.conversationOf(turn);
    const { refusal } = conversation;
    if (refusal !== undefined && batch.events.some(({ type }) => type === 'model_call.started'))
      throw refusal;
    for (const event of project(turn, batch)) {
      if (event.type === 'model_call.started' || event.type === 'model_call.ended') {
        conversation.modelCalls.push(event);
      } else conversation.events.push(event);
    }
    return { ...this.#renew(turn), news: toNews(conversation, turn, batch) };
  }

  #release(turn: TurnRecord, input: ReleaseInput): 'released' | 'continue' {
    if (input.status === 'waiting') return this.#wait(turn, input);
    const lastStep = turn.steps.at(-1)?.index ?? -1;
    const isSteered = turn.messages.some((message) => message.before_step > lastStep);
    if (input.status === 'completed' && isSteered && !turn.cancelRequested) return 'continue';
    turn.lease = undefined;
    const { events } = this.conversationOf(turn);
    if (input.status === 'released') return 'released';
    turn.status = input.status;
    if (input.status === 'failed') {
      turn.error = { code: input.code, message: input.message };
      events.push({ type: 'turn.failed', turn_id: turn.id, ...turn.error });
      return 'released';
    }
    events.push({ type: `turn.${input.status}`, turn_id: turn.id });
    return 'released';
  }

  #wait(turn: TurnRecord, input: Extract<ReleaseInput, { status: 'waiting' }>): 'released' | 'continue' {
    const { reason } = input;
    if (turn.cancelRequested || (isForPerson(reason) && !hasPending(turn))) return 'continue';
    const { refusal } = this.conversationOf(turn);
    if (reason === 'budget' && refusal === undefined) return 'continue';
    const message =
      reason === 'budget' ? (refusal?.message ?? null) : 'message' in input ? input.message : null;
    const wakeAt = reason === 'retry' ? Date.now() + input.wait_ms : undefined;
    turn.lease = undefined;
    turn.status = 'waiting';
    turn.waiting = { reason, wakeAt, message };
    const told = wakeAt === undefined ? null : new Date(wakeAt).toISOString();
    this.conversationOf(turn).events.push({
      type: 'turn.waiting',
      turn_id: turn.id,
      reason,
      wake_at: told,
      message,
    });
    return 'released';
  }

  #renew(turn: TurnRecord): LeaseState {
    if (turn.lease !== undefined) turn.lease.until = Date.now() + this.leaseTtlMs;
    return {
      cancel_requested: turn.cancelRequested,
      expires_in_ms: this.leaseTtlMs,
      capability: TURN_CAPABILITY,
    };
  }

  #turn(id: TurnId): TurnRecord {
    const found = this.conversations
      .flatMap((conversation) => conversation.turns)
      .find((turn) => turn.id === id);
    if (found === undefined) throw new PodexError('turn_not_found', 'There is no such turn.', {});
    return found;
  }

  #leased(id: TurnId, token: string): TurnRecord {
    const turn = this.#turn(id);
    if (turn.status === 'running' && turn.lease?.token === token) return turn;
    throw new PodexError('lease_lost', 'Another worker has this turn, or it has ended.', {});
  }
}

function newTurn(): TurnRecord {
  return {
    id: newId('turn'),
    status: 'queued',
    waiting: undefined,
    workspaceWaitOver: false,
    error: null,
    messages: [],
    messagesGiven: 0,
    steps: [],
    approvals: [],
    cancelRequested: false,
    lease: undefined,
  };
}

function isClaimable(turn: TurnRecord): boolean {
  if (turn.status === 'queued') return true;
  if (turn.status === 'waiting') return (turn.waiting?.wakeAt ?? Number.POSITIVE_INFINITY) <= Date.now();
  return turn.status === 'running' && (turn.lease === undefined || turn.lease.until <= Date.now());
}

function queue(turn: TurnRecord): void {
  turn.status = 'queued';
  turn.waiting = undefined;
}

function isForPerson(reason: TurnWaitingReason | undefined): boolean {
  return reason === 'approval' || reason === 'input';
}

function hasPending(turn: TurnRecord): boolean {
  return turn.approvals.some((approval) => approval.status === 'pending');
}
