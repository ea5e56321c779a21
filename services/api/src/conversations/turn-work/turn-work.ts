import { PodexError } from '@podex/contracts/errors';
import type { TurnId, WorkspaceId } from '@podex/contracts/ids';
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
import type { ModelBudgets } from '../../quotas/model-budgets.ts';
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
  budgets: ModelBudgets;
}

/** Agent’s side of a turn: it is leased, goes on step by step in batches of events, and is released. */
export class TurnWork {
  readonly #db: Db;
  readonly #wakeups: Wakeups;
  readonly #transact: Transact;
  readonly #sign: SignCapability;
  readonly #budgets: ModelBudgets;

  constructor({ db, wakeups, transact, sign, budgets }: TurnWorkOptions) {
    this.#db = db;
    this.#wakeups = wakeups;
    this.#transact = transact;
    this.#sign = sign;
    this.#budgets = budgets;
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
      const refusal = await this.#refusal(tx, conversation);
      const context = await readTurnContext(tx, turn, conversation, refusal);
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

  /** Rows and events in one transaction; what was taken before is acknowledged again. @throws PodexError lease_lost, conflict. */
  async append(id: TurnId, batch: AppendInput): Promise<AppendResult> {
    return this.#transact(async (work) => {
      const turn = await this.#leased(work, id, batch.lease_token);
      const conversation = await getConversationOfTurn(work.tx, turn.conversation_id);
      const { id: conversationId, workspace_id: workspaceId } = conversation;
      const fresh = await projectBatch(work.tx, { turn, conversationId, workspaceId }, batch);
      const usages = fresh.flatMap((event) => (event.type === 'usage.recorded' ? [event.usage] : []));
      await this.#budgets.record(work, holderOf(conversation, undefined), usages);
      await appendEvents(work, topicOf.conversation(conversationId), fresh);
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
    const refusal = await this.#refusal(tx, conversation);
    const news = await readStepNews(tx, turn, conversation, { lastStep, refusal, rulesVersion });
    if (news.messages.length > 0) await noteMessagesGiven(tx, turn.id);
    return news;
  }

  async #refusal(tx: Tx, conversation: ConversationInWorkspace): Promise<StepNews['refusal']> {
    const exhausted = await this.#budgets.refusalOf(tx, holderOf(conversation, undefined));
    return exhausted === undefined ? null : { code: exhausted.code, message: exhausted.message };
  }

  /** Releases the lease, unless there is something to do after all. @throws PodexError lease_lost. */
  async release(id: TurnId, input: ReleaseInput): Promise<'released' | 'continue'> {
    return this.#transact(async (work) => {
      const turn = await this.#leased(work, id, input.lease_token);
      return release(work, turn, input);
    });
  }

  /** A turn that nobody can be given any more ends here, and the next one is tried. */
  async #take(workerId: string, askedMsAgo: number): Promise<ClaimedTurn | undefined> {
    for (;;) {
      const taken = await this.#transact((work) => takeOne(work, workerId, askedMsAgo));
      if (taken === undefined) return undefined;
      if (taken !== 'ended') return { ...taken, capability: await this.#capability(taken) };
    }
  }

  #capability(turn: { turn_id: TurnId; workspace_id: WorkspaceId }): Promise<string> {
    const { turn_id, workspace_id } = turn;
    return this.#sign({ kind: 'turn', turn_id, workspace_id, access: 'write' });
  }

  async #leaseState(turn: TurnRow, workspaceId: WorkspaceId): Promise<LeaseState> {
    return {
      cancel_requested: turn.cancel_requested,
      expires_in_ms: TURN_LEASE_MS,
      capability: await this.#capability({ turn_id: turn.id, workspace_id: workspaceId }),
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
  workerId: string,
  askedMsAgo: number,
): Promise<Omit<ClaimedTurn, 'capability'> | 'ended' | undefined> {
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
  await appendEvents(work, topicOf.conversation(turn.conversation_id), [
    { type: 'turn.started', turn_id: turn.id, attempt: turn.attempt },
  ]);
  return {
    turn_id: turn.id,
    conversation_id: turn.conversation_id,
    workspace_id: conversation.workspace_id,
    lease_token: turn.lease_token,
    lease_ttl_ms: TURN_LEASE_MS,
  };
}

async function lostLeasesMax(tx: Tx, id: TurnId): Promise<number> {
  return (await findLastStep(tx, id))?.status === 'acting' ? LOST_ACTING_MAX : LOST_THINKING_MAX;
}

async function release(work: Work, turn: TurnRow, input: ReleaseInput): Promise<'released' | 'continue'> {
  switch (input.status) {
    case 'released':
      await releaseTurn(work.tx, turn.id);
      if (turn.cancel_requested) work.wake(ABANDONED_CHANNEL);
      work.wake(TURN_WORK_CHANNEL);
      return 'released';
    case 'waiting':
      return releaseWaiting(work, turn, input);
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
): Promise<'released' | 'continue'> {
  if (turn.cancel_requested) return goOn(work, turn);
  const wait = await waitOf(work.tx, turn, input);
  if (wait === undefined) return goOn(work, turn);
  const waiting = presentWaiting(await setWaiting(work.tx, turn.id, wait));
  if (waiting === null) throw new Error(`turn ${turn.id} does not wait`);
  await appendEvents(work, topicOf.conversation(turn.conversation_id), [
    { type: 'turn.waiting', turn_id: turn.id, ...waiting },
  ]);
  // Claims that wait learn when it wakes.
  work.wake(TURN_WORK_CHANNEL);
  return 'released';
}

/** Undefined when there is nothing to wait for any more. */
async function waitOf(tx: Tx, turn: TurnRow, input: WaitingInput): Promise<TurnWait | undefined> {
  switch (input.reason) {
    case 'approval':
      return (await countPendingApprovals(tx, turn.id)) === 0 ? undefined : { reason: 'approval' };
    case 'retry':
      return { reason: 'retry', wakeInMs: input.wait_ms, message: input.message };
    case 'workspace': {
      const { workspace_status: workspaceStatus } = await getConversationOfTurn(tx, turn.conversation_id);
      const now = await readClock(tx);
      const waitedMs = now.getTime() - (turn.workspace_waited_since ?? now).getTime();
      const wakeInMs = workspaceWakeInMs(workspaceStatus, waitedMs);
      return { reason: 'workspace', wakeInMs, message: input.message, workspaceStatus };
    }
  }
}

async function goOn(work: Work, turn: TurnRow): Promise<'continue'> {
  await renewLease(work.tx, turn.id);
  return 'continue';
}
