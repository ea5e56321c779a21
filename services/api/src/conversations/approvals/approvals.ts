import type {
  Approval,
  ApprovalAnswer,
  approvalStatus,
  resolveApprovalInput,
} from '@podex/contracts/conversations';
import { PodexError } from '@podex/contracts/errors';
import type { EventBody } from '@podex/contracts/events';
import type { ApprovalId, TurnId, UserId } from '@podex/contracts/ids';
import type { PageQuery } from '@podex/contracts/pagination';
import type { RuleMatch } from '@podex/contracts/rules';
import type { z } from 'zod';
import { appendAudit, SYSTEM } from '../../audit/append-audit.ts';
import type { Call } from '../../calls/call.ts';
import { toPage } from '../../calls/pages.ts';
import type { Db } from '../../database/connect.ts';
import type { Transact, Work } from '../../database/transact.ts';
import { appendEvents } from '../../events/event-store.ts';
import { topicOf } from '../../events/topics.ts';
import type { Quotas } from '../../quotas/quotas.ts';
import { lockOwnWorkspace, wantRunning } from '../../workspaces/workspaces.ts';
import { addRules } from '../rules/add-rules.ts';
import type { RulePlace } from '../rules/rule-store.ts';
import {
  type ApprovalRow,
  countPendingApprovals,
  expireApprovals,
  findOwnApproval,
  listOwnApprovals,
  listTurnsWithOverdueApprovals,
  resolveApproval,
} from '../transcript/approval-store.ts';
import { lockConversation, updateConversation } from '../transcript/conversation-store.ts';
import { shownInput } from '../transcript/event-contents.ts';
import { lockTurn, type TurnRow } from '../transcript/turn-store.ts';
import { queueTurn } from '../turns/turn-ending.ts';
import { answerTo } from './answer-to.ts';

const EXPIRE_BATCH = 100;

type ApprovalPage = PageQuery & { status?: z.infer<typeof approvalStatus> | undefined };

/** What the agent may not do without a person’s word. The word can come from any device and after any restart. */
export class ApprovalService {
  readonly #db: Db;
  readonly #transact: Transact;
  readonly #quotas: Quotas;

  constructor({ db, transact, quotas }: { db: Db; transact: Transact; quotas: Quotas }) {
    this.#db = db;
    this.#transact = transact;
    this.#quotas = quotas;
  }

  async list(page: ApprovalPage, { actor }: Call): Promise<{ items: Approval[]; next: string | null }> {
    return toPage(await listOwnApprovals(this.#db, actor, page), page.limit, presentApproval);
  }

  /** @throws PodexError approval_not_found, approval_already_resolved. */
  async resolve(id: ApprovalId, input: z.output<typeof resolveApprovalInput>, call: Call): Promise<Approval> {
    try {
      return await this.#transact((work) => resolve(work, this.#quotas, id, input, call));
    } catch (error) {
      if (PodexError.has(error, 'approval_already_resolved') && error.context.status === 'expired') {
        await this.#expireTurnOf(id, call);
      }
      throw error;
    }
  }

  /** At once, and not with the next sweep: somebody has just heard that the time is over. */
  async #expireTurnOf(id: ApprovalId, { actor }: Call): Promise<void> {
    const row = await findOwnApproval(this.#db, actor, id);
    if (row !== undefined) await this.#transact((work) => expireOverdueOf(work, row.turn_id));
  }

  /** Nobody answered in time: that is a no. @returns how many turns go on. */
  async expireOverdue(): Promise<number> {
    const overdue = await listTurnsWithOverdueApprovals(this.#db, EXPIRE_BATCH);
    for (const turnId of overdue) await this.#transact((work) => expireOverdueOf(work, turnId));
    return overdue.length;
  }
}

async function resolve(
  work: Work,
  quotas: Quotas,
  id: ApprovalId,
  input: z.output<typeof resolveApprovalInput>,
  call: Call,
): Promise<Approval> {
  const { actor } = call;
  const row = await findOwnApproval(work.tx, actor, id);
  if (row === undefined) throw notFound();
  // Conversation, workspace, turn: the order of locks everywhere.
  await lockConversation(work.tx, row.conversation_id);
  const workspace = await lockOwnWorkspace(work, call, row.workspace_id);
  const turn = await lockTurn(work.tx, row.turn_id);
  if (turn === undefined) throw notFound();
  const status = input.decision === 'approve' ? 'approved' : 'denied';
  const answer = answerTo(row.preview, input);
  if (!(await resolveApproval(work.tx, id, { status, resolvedBy: actor.userId, answer }))) {
    throw alreadyResolved(await findOwnApproval(work.tx, actor, id));
  }
  if (input.remember !== undefined) {
    const { place, rules } = toRemember(row, workspace.owner_id, input.remember, actor);
    const effect = status === 'approved' ? 'allow' : 'deny';
    const toAdd = rules.map((rule) => ({ ...rule, effect }) as const);
    await addRules(work, call, { place, workspaceId: row.workspace_id }, toAdd);
  }
  if (answer?.mode !== undefined) {
    await updateConversation(work.tx, row.conversation_id, { mode: answer.mode });
  }
  // It may have been stopped while the agent waited for an answer.
  if (status === 'approved' || isDialogue(row)) await wantRunning(work, quotas, call, workspace);
  await appendResolved(work, turn, [id], status, answer ?? undefined);
  appendAudit(work, call, {
    action: `approval.${status}`,
    target: { kind: 'approval', id, name: row.tool },
    workspaceId: row.workspace_id,
    details: {
      summary: row.summary,
      conversation_id: row.conversation_id,
      remember: input.remember === undefined ? null : `${input.remember.kind} (${input.remember.scope})`,
    },
  });
  await continueWhenAnswered(work, turn);
  return presentApproval({ ...row, status, answer });
}

/** The agent goes on whatever is said. */
function isDialogue({ preview }: ApprovalRow): boolean {
  return preview?.type === 'question' || preview?.type === 'plan';
}

/** @throws PodexError invalid_request for what the approval does not offer. */
function toRemember(
  row: ApprovalRow,
  ownerId: UserId,
  { kind, scope }: NonNullable<z.output<typeof resolveApprovalInput>['remember']>,
  { userId }: Call['actor'],
): { place: RulePlace; rules: readonly RuleMatch[] } {
  const choice = row.choices.find((one) => one.kind === kind);
  if (choice === undefined) {
    throw new PodexError('invalid_request', `This approval can’t be remembered by ${kind}.`, {});
  }
  if (scope === 'conversation') return { place: { scope, id: row.conversation_id }, rules: choice.rules };
  if (scope === 'workspace') return { place: { scope, id: row.workspace_id }, rules: choice.rules };
  // Their rules hold in their own workspaces alone.
  if (ownerId !== userId) {
    const message = 'Only the owner of a workspace can have this remembered in their own settings.';
    throw new PodexError('invalid_request', message, {});
  }
  return { place: { scope, id: userId }, rules: choice.rules };
}

function notFound(): PodexError {
  return new PodexError('approval_not_found', 'There is no such approval.', {});
}

function alreadyResolved(row: ApprovalRow | undefined): PodexError {
  // Its time is over, and the sweep that says so has not come by yet.
  const status = row === undefined || row.status === 'pending' ? 'expired' : row.status;
  return new PodexError('approval_already_resolved', `This approval is ${status} already.`, { status });
}

/** A person who writes a message in place of an answer has answered: the turn goes on, and reads it. */
export async function withdrawQuestions(work: Work, turn: TurnRow): Promise<void> {
  if (turn.waiting_reason !== 'input') return;
  await appendResolved(work, turn, await expireApprovals(work.tx, turn.id, 'all'), 'expired');
  await continueWhenAnswered(work, turn);
}

async function expireOverdueOf(work: Work, turnId: TurnId): Promise<void> {
  const turn = await lockTurn(work.tx, turnId);
  if (turn === undefined) return;
  const expired = await expireApprovals(work.tx, turnId, 'overdue');
  if (expired.length === 0) return;
  await appendResolved(work, turn, expired, 'expired');
  for (const id of expired) {
    appendAudit(work, SYSTEM, {
      action: 'approval.expired',
      target: { kind: 'approval', id },
      details: { conversation_id: turn.conversation_id },
    });
  }
  await continueWhenAnswered(work, turn);
}

async function appendResolved(
  work: Work,
  turn: TurnRow,
  ids: readonly ApprovalId[],
  status: 'approved' | 'denied' | 'expired',
  answer?: ApprovalAnswer,
): Promise<void> {
  const events = ids.map(
    (id): EventBody => ({
      type: 'approval.resolved',
      turn_id: turn.id,
      approval_id: id,
      status,
      ...(answer === undefined ? {} : { answer }),
    }),
  );
  await appendEvents(work, topicOf.conversation(turn.conversation_id), events);
}

/** A turn that rests on approvals is queued again with the last answer. One that still runs reads the answers itself. */
async function continueWhenAnswered(work: Work, turn: TurnRow): Promise<void> {
  if (turn.waiting_reason !== 'approval' && turn.waiting_reason !== 'input') return;
  if ((await countPendingApprovals(work.tx, turn.id)) > 0) return;
  await queueTurn(work, turn);
}

function presentApproval(row: ApprovalRow): Approval {
  return {
    id: row.id,
    conversation_id: row.conversation_id,
    workspace_id: row.workspace_id,
    turn_id: row.turn_id,
    tool: row.tool,
    summary: row.summary,
    input: shownInput(row.input),
    preview: row.preview,
    choices: row.choices,
    answer: row.answer,
    status: row.status,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
  };
}
