import {
  type AgentMode,
  approval,
  type Conversation,
  conversation,
  createdMessage,
  turn,
} from '@podex/contracts/conversations';
import { PodexError } from '@podex/contracts/errors';
import type { ReasoningEffort } from '@podex/contracts/models';
import type { RememberKind, RuleScope } from '@podex/contracts/rules';
import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, idempotencyKey, responseOf } from '#lib/api-client.ts';
import { conversationQuery, conversationsQuery } from './conversations-query.ts';

/** Settings that can be changed before the first message too. */
export interface AgentSettings {
  mode: AgentMode;
  /** Null: the platform's default. */
  model: string | null;
  /** Null: as the model's provider has it. */
  reasoning_effort: ReasoningEffort | null;
}

export async function createConversation(
  workspaceId: string,
  settings: AgentSettings,
): Promise<Conversation> {
  return await responseOf(
    conversation,
    api().POST('/api/workspaces/{workspace_id}/conversations', {
      params: { path: { workspace_id: workspaceId } },
      headers: idempotencyKey(),
      body: settings,
    }),
  );
}

/** During a turn the message steers it before the next step; otherwise it starts a turn. */
export async function createMessage(conversationId: string, text: string) {
  return await responseOf(
    createdMessage,
    api().POST('/api/conversations/{conversation_id}/messages', {
      params: { path: { conversation_id: conversationId } },
      headers: idempotencyKey(),
      body: { text, delivery: 'steer' },
    }),
  );
}

export type ConversationChange = Partial<AgentSettings & { title: string }>;

export function useUpdateConversation(conversationId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: ConversationChange) =>
      responseOf(
        conversation,
        api().PATCH('/api/conversations/{conversation_id}', {
          params: { path: { conversation_id: conversationId } },
          body,
        }),
      ),
    onSuccess: (changed) => keepConversation(queryClient, changed),
  });
}

export function useDeleteConversation(workspaceId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (conversationId: string) => {
      await api().DELETE('/api/conversations/{conversation_id}', {
        params: { path: { conversation_id: conversationId } },
      });
    },
    onSuccess: (_, conversationId) => {
      queryClient.setQueryData(conversationsQuery(workspaceId).queryKey, (list) =>
        list?.filter(({ id }) => id !== conversationId),
      );
    },
  });
}

export function keepConversation(queryClient: QueryClient, changed: Conversation): void {
  queryClient.setQueryData(conversationQuery(changed.id).queryKey, changed);
  queryClient.setQueryData(conversationsQuery(changed.workspace_id).queryKey, (list) => {
    if (list === undefined) return undefined;
    const isListed = list.some(({ id }) => id === changed.id);
    return isListed ? list.map((item) => (item.id === changed.id ? changed : item)) : [changed, ...list];
  });
}

/** A turn that has ended meanwhile needs no cancelling. */
export function useCancelTurn() {
  return useMutation({
    mutationFn: async (turnId: string) => {
      try {
        await responseOf(
          turn,
          api().POST('/api/turns/{turn_id}/cancel', { params: { path: { turn_id: turnId } } }),
        );
      } catch (error) {
        if (!PodexError.has(error, 'turn_already_ended')) throw error;
      }
    },
  });
}

/** A turn that waits for the clock or its workspace is tried at once. */
export function useWakeTurn() {
  return useMutation({
    mutationFn: (turnId: string) =>
      responseOf(turn, api().POST('/api/turns/{turn_id}/wake', { params: { path: { turn_id: turnId } } })),
  });
}

export interface ApprovalDecision {
  decision: 'approve' | 'deny';
  remember?: Remember;
  answer?: Answer;
}

/** To a question, or on a plan. */
interface Answer {
  choices?: string[];
  text?: string | null;
  mode?: Exclude<AgentMode, 'plan'>;
}

/** One of the approval’s choices, and where it holds from now on. */
export interface Remember {
  kind: RememberKind;
  scope: RuleScope;
}

/** An approval that was resolved elsewhere meanwhile is no error: the live event brings the decision. */
export function useResolveApproval(approvalId: string) {
  return useMutation({
    mutationFn: async (body: ApprovalDecision) => {
      try {
        await responseOf(
          approval,
          api().POST('/api/approvals/{approval_id}', { params: { path: { approval_id: approvalId } }, body }),
        );
      } catch (error) {
        if (!PodexError.has(error, 'approval_already_resolved')) throw error;
      }
    },
  });
}
