import {
  type AgentMode,
  type Approval,
  approval,
  type approvalAnswer,
  type Conversation,
  conversation,
  createConversationInput,
  createdMessage,
  turn,
} from '@podex/contracts/conversations';
import { PodexError } from '@podex/contracts/errors';
import { withQuery } from '@podex/contracts/query';
import type { RememberKind, RuleScope } from '@podex/contracts/rules';
import { type TranscriptPage, type TranscriptTurn, transcriptPage } from '@podex/contracts/transcript';
import type { z } from 'zod';
import { CliError } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { listAll } from '../connection/list-all.ts';

/** Those that a conversation can be begun in. */
export const MODES: readonly AgentMode[] = createConversationInput.shape.mode.unwrap().options;

export interface AgentSettings {
  mode?: AgentMode | undefined;
  model?: string | undefined;
}

export function beginConversation(
  ask: AskApi,
  workspaceId: string,
  settings: AgentSettings,
): Promise<Conversation> {
  const path = `/api/workspaces/${workspaceId}/conversations`;
  return ask({ method: 'POST', path, body: settings, schema: conversation });
}

export function getConversation(ask: AskApi, id: string): Promise<Conversation> {
  return ask({ method: 'GET', path: `/api/conversations/${id}`, schema: conversation });
}

export function changeConversation(ask: AskApi, id: string, settings: AgentSettings): Promise<Conversation> {
  return ask({ method: 'PATCH', path: `/api/conversations/${id}`, body: settings, schema: conversation });
}

/** Newest first. */
export function listConversations(ask: AskApi, workspaceId: string): Promise<Conversation[]> {
  return listAll(ask, `/api/workspaces/${workspaceId}/conversations`, conversation);
}

export function sendMessage(
  ask: AskApi,
  conversationId: string,
  text: string,
): Promise<z.output<typeof createdMessage>> {
  const path = `/api/conversations/${conversationId}/messages`;
  return ask({ method: 'POST', path, body: { text }, schema: createdMessage });
}

/** A turn that has ended meanwhile stays as it is. */
export async function cancelTurn(ask: AskApi, id: string, signal?: AbortSignal): Promise<void> {
  try {
    const path = `/api/turns/${id}/cancel`;
    await ask({ method: 'POST', path, schema: turn, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    if (!hasCode(error, 'turn_already_ended')) throw error;
  }
}

/** The newest turns: those that have not ended are among them. */
export function getNewestTurns(ask: AskApi, conversationId: string): Promise<TranscriptPage> {
  return getTranscriptPage(ask, conversationId, undefined);
}

/** From the oldest turn to the newest, and the newest event that is in them. */
export async function getTranscript(
  ask: AskApi,
  conversationId: string,
): Promise<{ turns: TranscriptTurn[]; seq: number }> {
  const newest = await getNewestTurns(ask, conversationId);
  const turns = [...newest.items];
  for (let { next } = newest; next !== null; ) {
    const page = await getTranscriptPage(ask, conversationId, next);
    turns.push(...page.items);
    next = page.next;
  }
  return { turns: turns.reverse(), seq: newest.seq };
}

function getTranscriptPage(
  ask: AskApi,
  conversationId: string,
  after: string | undefined,
): Promise<TranscriptPage> {
  const path = withQuery(`/api/conversations/${conversationId}/transcript`, { after });
  return ask({ method: 'GET', path, schema: transcriptPage });
}

/** Newest first. */
export function listPendingApprovals(ask: AskApi): Promise<Approval[]> {
  return listAll(ask, '/api/approvals?status=pending', approval);
}

export interface Decision {
  decision: 'approve' | 'deny';
  remember?: { kind: RememberKind; scope: RuleScope };
  /** To a question, or on a plan. */
  answer?: z.input<typeof approvalAnswer>;
}

export function resolveApproval(ask: AskApi, id: string, decision: Decision): Promise<Approval> {
  return ask({ method: 'POST', path: `/api/approvals/${id}`, body: decision, schema: approval });
}

/** Whether api refused for this. */
export function hasCode(error: unknown, code: Parameters<typeof PodexError.has>[1]): boolean {
  return error instanceof CliError && PodexError.has(error.cause, code);
}
