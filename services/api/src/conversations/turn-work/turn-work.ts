import { PodexError } from '@podex/contracts/errors';
import type { EventBody, WorkerEvent } from '@podex/contracts/events';
import type { TurnId, WorkspaceId } from '@podex/contracts/ids';
import type { TurnAttempt } from '@podex/contracts/internal/turn-attempt';
import type {
  AppendInput,
  AppendResult,
  ClaimedTurn,
  claimInput,
  LeaseState,
  ReleaseInput,
  StepNews,
  TurnContext,
} from '@podex/contracts/internal/turns';
import type { SignCapability } from '@podex/service-kit/capability';
import type { z } from 'zod';
import { readClock } from '../../database/clock.ts';
import type { Db, Tx } from '../../database/connect.ts';
import type { Transact, Work } from '../../database/transact.ts';
import { appendEvents } from '../../events/event-store.ts';
import { longPoll } from '../../events/long-poll.ts';
import { topicOf } from '../../events/topics.ts';
import type { Wakeups } from '../../events/wakeup.ts';
import { holderOf } from '../../quotas/holder.ts';
import type { Quotas } from '../../quotas/quotas.ts';
import { closeOpenCalls } from '../../usage/model-call-store.ts';
import type { ModelCalls } from '../../usage/model-calls.ts';
import { WORKSPACE_CHANGED_CHANNEL } from '../../workspaces/record/workspace-events.ts';
import { countPendingApprovals } from '../transcript/approval-store.ts';
import { type ConversationInWorkspace, getConversationOfTurn } from '../transcript/conversation-store.ts';
import { presentWaiting } from '../transcript/conversation-view.ts';
import { hasUnreadMessage } from '../transcript/message-store.ts';
import { findLastStep, getLastStepIndex } from '../transcript/step-store.ts';
import {
  claimTurn,
  lockLeasedTurn,
  msUntilNextClaim,
  noteMessagesGiven,
  releaseTurn,
  renewLease,
  setWaiting,
  TURN_LEASE_MS,
  type TurnRow,
  type TurnWait,
} from '../transcript/turn-store.ts';
import { ABANDONED_CHANNEL, finishTurn, TURN_WORK_CHANNEL } from '../turns/turn-ending.ts';
import { startForTurn } from './start-for-turn.ts';
import { projectBatch } from './step-projection.ts';
import { readStepNews, readTurnContext } from './turn-context.ts';
import { workspaceWakeInMs } from './workspace-wait.ts';

/** A turn that so many workers in a row did not survive a call of the model in is what ends them. */
const LOST_THINKING_MAX = 5;
/** Another worker joins the command that runs: that costs next to nothing, and a long one may outlive many deployments. */
const LOST_ACTING_MAX = 25;

export interface TurnWorkOptions {
  db: Db;
  wakeups: Wakeups;
  transact: Transact;
  sign: SignCapability;
  calls: ModelCalls;
  quotas: Quotas;
}

/** Agent’s side of a turn: it is leased, goes on step by step in batches of events, and is released. */
export class TurnWork {
  readonly #db: Db;
  readonly #wakeups: Wakeups;
  readonly #transact: Transact;
  readonly #sign: SignCapability;
  readonly #calls: ModelCalls;
  readonly #quotas: Quotas;

  constructor({ db, wakeups, transact, sign, calls, quotas }: TurnWorkOptions) {
    this.#db = db;
    this.#wakeups = wakeups;
    this.#transact = transact;
    this.#sign = sign;
    this.#calls = calls;
    this.#quotas = quotas;
  }

  /** Waits up to `wait_ms` for a turn; undefined after that. */
  async claim(input: z.output<typeof claimInput>, signal: AbortSignal): Promise<ClaimedTurn | undefined> {
    const askedAt = performance.now();
    return longPoll({
      wakeups: this.#wakeups,
      channels: [TURN_WORK_CHANNEL, WORKSPACE_CHANGED_CHANNEL],
      waitMs: input.wait_ms,
      signal,
      attempt: () => this.#take(input.worker_id, performance.now() - askedAt),
      msUntilNext: () => msUntilNextClaim(this.#db, input.worker_id),
    });
  }

  /** What the turn is given of its messages is noted, so that only its worker may ask. @throws PodexError lease_lost. */
  async context(id: TurnId, leaseToken: string): Promise<TurnContext> {
    return this.#transact(async (work) => {
      const { tx } = work;
      const turn = await this.#leased(work, id, leaseToken);
      const conversation = await getConversationOfTurn(tx, turn.conversation_id);
      const context = await readTurnContext(tx, turn, conversation);
      await noteMessagesGiven(tx, id);
      return context;
    });
  }

  /** @throws PodexError lease_lost. */
  async renew(id: TurnId, leaseToken: string): Promise<LeaseState> {
    return this.#transact(async (work) => {
      const turn = await this.#leased(work, id, leaseToken);
      await renewLease(work.tx, id);
      const { workspace_id: workspaceId } = await getConversationOfTurn(work.tx, turn.conversation_id);
      return this.#leaseState(turn, workspaceId);
    });
  }

  /**
   * Rows and events in one transaction; what was taken before is acknowledged again.
   *
   * @throws PodexError lease_lost, conflict; budget_exhausted, model_price_unknown when the model may not be asked.
   */
  async append(id: TurnId, batch: AppendInput): Promise<AppendResult> {
    return this.#transact(async (work) => {
      const turn = await this.#leased(work, id, batch.lease_token);
      const conversation = await getConversationOfTurn(work.tx, turn.conversation_id);
      const { id: conversationId, workspace_id: workspaceId } = conversation;
      const fresh = await projectBatch(work.tx, { turn, conversationId, workspaceId }, batch);
      const events = await this.#recordCalls(work, turn, conversation, fresh);
      await appendEvents(work, topicOf.conversation(conversationId), events);
      const news = await this.#newsAfter(work.tx, turn, conversation, batch);
      await renewLease(work.tx, id);
      return { ...(await this.#leaseState(turn, workspaceId)), news };
    });
  }

  /** The same for a batch that is sent again: its worker did not hear of it. */
  async #newsAfter(
    tx: Tx,
    turn: TurnRow,
    conversation: ConversationInWorkspace,
    { events, step_index: lastStep, rules_version: rulesVersion }: AppendInput,
  ): Promise<StepNews | null> {
    if (!events.some(({ type }) => type === 'step.finished')) return null;
    const news = await readStepNews(tx, turn, conversation, { lastStep, rulesVersion });
    if (news.messages.length > 0) await noteMessagesGiven(tx, turn.id);
    return news;
  }

  /** Releases the lease, unless there is something to do after all. @throws PodexError lease_lost. */
  async release(id: TurnId, input: ReleaseInput): Promise<'released' | 'continue'> {
    return this.#transact(async (work) => {
      const turn = await this.#leased(work, id, input.lease_token);
      return release(work, turn, input, this.#calls);
    });
  }

  /** In place of calls of models, what they used. */
  async #recordCalls(
    work: Work,
    turn: TurnRow,
    conversation: ConversationInWorkspace,
    fresh: readonly WorkerEvent[],
  ): Promise<EventBody[]> {
    const { id: conversationId, workspace_id: workspaceId } = conversation;
    const holder = holderOf(conversation, undefined);
    const events: EventBody[] = [];
    for (const event of fresh) {
      if (event.type !== 'model_call.started' && event.type !== 'model_call.ended') {
        events.push(event);
        continue;
      }
      const place = { holder, workspaceId, conversationId, turnId: turn.id, stepId: event.step_id };
      events.push(
        ...(event.type === 'model_call.started'
          ? await this.#calls.begin(work, place, event)
          : await this.#calls.end(work, place, event)),
      );
    }
    return events;
  }

  /** A turn that nobody can be given any more ends here, and the next one is tried. */
  async #take(workerId: string, askedMsAgo: number): Promise<ClaimedTurn | undefined> {
    for (;;) {
      const taken = await this.#transact((work) => takeOne(work, this.#quotas, workerId, askedMsAgo));
      if (taken === undefined) return undefined;
      if (taken !== 'ended') {
        const { attempt, ...claimed } = taken;
        return { ...claimed, capability: await this.#capability({ ...claimed, attempt }) };
      }
    }
  }

  #capability(turn: TurnAttempt & { workspace_id: WorkspaceId }): Promise<string> {
    const { turn_id, attempt, workspace_id } = turn;
    return this.#sign({ kind: 'turn', turn_id, attempt, workspace_id, access: 'write' });
  }

  async #leaseState(turn: TurnRow, workspaceId: WorkspaceId): Promise<LeaseState> {
    return {
      cancel_requested: turn.cancel_requested,
      expires_in_ms: TURN_LEASE_MS,
      capability: await this.#capability({
        turn_id: turn.id,
        attempt: turn.attempt,
        workspace_id: workspaceId,
      }),
    };
  }

  /** Locks the turn for its worker. @throws PodexError lease_lost. */
  async #leased(work: Work, id: TurnId, leaseToken: string): Promise<TurnRow> {
    const turn = await lockLeasedTurn(work.tx, id, leaseToken);
    if (turn !== undefined) return turn;
    throw new PodexError('lease_lost', 'Another worker has this turn, or it has ended.', {});
  }
}

async function takeOne(
  work: Work,
  quotas: Quotas,
  workerId: string,
  askedMsAgo: number,
): Promise<(Omit<ClaimedTurn, 'capability'> & TurnAttempt) | 'ended' | undefined> {
  const turn = await claimTurn(work.tx, workerId, askedMsAgo);
  if (turn === undefined || turn.lease_token === null) return undefined;
  // The others learn by when this one may be theirs.
  work.wake(TURN_WORK_CHANNEL);
  if (turn.lost_leases >= (await lostLeasesMax(work.tx, turn.id))) {
    const message = `${turn.lost_leases} workers in a row were lost in this turn. Send the message again to retry.`;
    await finishTurn(work, turn, { status: 'failed', code: 'internal', message });
    return 'ended';
  }
  const conversation = await getConversationOfTurn(work.tx, turn.conversation_id);
  if (turn.waited_for === 'budget') await startForTurn(work, quotas, conversation.workspace_id);
  await appendEvents(work, topicOf.conversation(turn.conversation_id), [
    { type: 'turn.started', turn_id: turn.id, attempt: turn.attempt },
  ]);
  return {
    turn_id: turn.id,
    attempt: turn.attempt,
    conversation_id: turn.conversation_id,
    workspace_id: conversation.workspace_id,
    lease_token: turn.lease_token,
    lease_ttl_ms: TURN_LEASE_MS,
  };
}

async function lostLeasesMax(tx: Tx, id: TurnId): Promise<number> {
  return (await findLastStep(tx, id))?.status === 'acting' ? LOST_ACTING_MAX : LOST_THINKING_MAX;
}

async function release(
  work: Work,
  turn: TurnRow,
  input: ReleaseInput,
  calls: ModelCalls,
): Promise<'released' | 'continue'> {
  switch (input.status) {
    case 'released':
      await releaseTurn(work.tx, turn.id);
      if (turn.cancel_requested) work.wake(ABANDONED_CHANNEL);
      work.wake(TURN_WORK_CHANNEL);
      return 'released';
    case 'waiting':
      return releaseWaiting(work, turn, input, calls);
    case 'completed': {
      const lastStep = await getLastStepIndex(work.tx, turn.id);
      const isSteered = !turn.cancel_requested && (await hasUnreadMessage(work.tx, turn.id, lastStep));
      if (isSteered) return goOn(work, turn);
      await finishTurn(work, turn, { status: 'completed' });
      return 'released';
    }
    case 'cancelled':
      await finishTurn(work, turn, { status: 'cancelled' });
      return 'released';
    case 'failed':
      await finishTurn(work, turn, { status: 'failed', code: input.code, message: input.message });
      return 'released';
  }
}

type WaitingInput = Extract<ReleaseInput, { status: 'waiting' }>;

async function releaseWaiting(
  work: Work,
  turn: TurnRow,
  input: WaitingInput,
  calls: ModelCalls,
): Promise<'released' | 'continue'> {
  if (turn.cancel_requested) return goOn(work, turn);
  const wait = await waitOf(work.tx, turn, input, calls);
  if (wait === undefined) return goOn(work, turn);
  const waiting = presentWaiting(await setWaiting(work.tx, turn.id, wait));
  if (waiting === null) throw new Error(`turn ${turn.id} does not wait`);
  await appendEvents(work, topicOf.conversation(turn.conversation_id), [
    ...(await closeOpenCalls(work.tx, turn.id, 'broken')),
    { type: 'turn.waiting', turn_id: turn.id, ...waiting },
  ]);
  // Claims that wait learn when it wakes.
  work.wake(TURN_WORK_CHANNEL);
  return 'released';
}

/** Undefined when there is nothing to wait for any more. */
async function waitOf(
  tx: Tx,
  turn: TurnRow,
  input: WaitingInput,
  calls: ModelCalls,
): Promise<TurnWait | undefined> {
  switch (input.reason) {
    case 'approval':
    case 'input':
      return (await countPendingApprovals(tx, turn.id)) === 0 ? undefined : { reason: input.reason };
    case 'retry':
      return { reason: 'retry', wakeInMs: input.wait_ms, message: input.message };
    case 'workspace': {
      const { workspace_status: workspaceStatus } = await getConversationOfTurn(tx, turn.conversation_id);
      const now = await readClock(tx);
      const waitedMs = now.getTime() - (turn.workspace_waited_since ?? now).getTime();
      const wakeInMs = workspaceWakeInMs(workspaceStatus, waitedMs);
      return { reason: 'workspace', wakeInMs, message: input.message, workspaceStatus };
    }
    case 'budget': {
      const conversation = await getConversationOfTurn(tx, turn.conversation_id);
      const exhausted = await calls.findExhausted(tx, holderOf(conversation, undefined));
      if (exhausted === undefined) return undefined;
      const wakeInMs = Date.parse(exhausted.context.resets_at) - (await readClock(tx)).getTime();
      return { reason: 'budget', wakeInMs, message: exhausted.message };
    }
  }
}

async function goOn(work: Work, turn: TurnRow): Promise<'continue'> {
  await renewLease(work.tx, turn.id);
  return 'continue';
}
