import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import {
  approval,
  approvalStatus,
  conversation,
  createConversationInput,
  createdMessage,
  createMessageInput,
  resolveApprovalInput,
  turn,
  updateConversationInput,
} from '../conversations.ts';
import { conversationEvent } from '../events.ts';
import { approvalId, conversationId, turnId, workspaceId } from '../ids.ts';
import { modelList } from '../models.ts';
import { pageOf, pageQuery } from '../pagination.ts';
import { wholeNumber } from '../text.ts';
import { transcriptPage, transcriptQuery } from '../transcript.ts';
import { body, conflict, errorResponses, json, missing, noContent, refusal, security } from './route.ts';

const tags = ['Agent'];
const shared = { tags, security } as const;
const ofWorkspace = z.object({ workspace_id: workspaceId });
const params = z.object({ conversation_id: conversationId });

export const createConversation = createRoute({
  ...shared,
  operationId: 'createConversation',
  method: 'post',
  path: '/api/workspaces/{workspace_id}/conversations',
  summary: 'Begin a conversation with an agent',
  request: { params: ofWorkspace, body: body(createConversationInput) },
  responses: { 201: json(conversation, 'The conversation.'), ...errorResponses, ...missing },
});

export const listConversations = createRoute({
  ...shared,
  operationId: 'listConversations',
  method: 'get',
  path: '/api/workspaces/{workspace_id}/conversations',
  summary: 'Conversations of a workspace, newest first',
  request: { params: ofWorkspace, query: pageQuery },
  responses: { 200: json(pageOf(conversation), 'A page.'), ...errorResponses, ...missing },
});

export const getConversation = createRoute({
  ...shared,
  operationId: 'getConversation',
  method: 'get',
  path: '/api/conversations/{conversation_id}',
  summary: 'One conversation',
  request: { params },
  responses: { 200: json(conversation, 'The conversation.'), ...errorResponses, ...missing },
});

export const getTranscript = createRoute({
  ...shared,
  operationId: 'getTranscript',
  method: 'get',
  path: '/api/conversations/{conversation_id}/transcript',
  summary: 'What was said and done, newest turns first; the events after `seq` continue it',
  description:
    'The first page holds every turn that has not ended, so later events belong to its turns or to new ones; turns of later pages do not change any more.',
  request: { params, query: transcriptQuery },
  responses: { 200: json(transcriptPage, 'A page of turns.'), ...errorResponses, ...missing },
});

export const updateConversation = createRoute({
  ...shared,
  operationId: 'updateConversation',
  method: 'patch',
  path: '/api/conversations/{conversation_id}',
  summary: 'Change its title, mode, model or reasoning effort',
  request: { params, body: body(updateConversationInput) },
  responses: { 200: json(conversation, 'The conversation.'), ...errorResponses, ...missing },
});

export const deleteConversation = createRoute({
  ...shared,
  operationId: 'deleteConversation',
  method: 'delete',
  path: '/api/conversations/{conversation_id}',
  summary: 'Delete it; a running turn is cancelled',
  request: { params },
  responses: { ...noContent, ...errorResponses, ...missing },
});

export const createMessage = createRoute({
  ...shared,
  operationId: 'createMessage',
  method: 'post',
  path: '/api/conversations/{conversation_id}/messages',
  summary: 'Say something to the agent',
  request: { params, body: body(createMessageInput) },
  responses: {
    201: json(createdMessage, 'The message and the turn that answers it.'),
    ...errorResponses,
    ...missing,
    ...conflict,
  },
});

export const streamConversationEvents = createRoute({
  ...shared,
  operationId: 'streamConversationEvents',
  method: 'get',
  path: '/api/conversations/{conversation_id}/events',
  summary: 'Its events as server-sent events; `id:` is the seq, `Last-Event-ID` resumes',
  request: { params, query: z.object({ after: wholeNumber.default(0) }) },
  responses: {
    200: {
      description: 'Never ends by itself; one JSON event a message.',
      content: { 'text/event-stream': { schema: conversationEvent } },
    },
    ...errorResponses,
    ...missing,
  },
});

export const cancelTurn = createRoute({
  ...shared,
  operationId: 'cancelTurn',
  method: 'post',
  path: '/api/turns/{turn_id}/cancel',
  summary: 'Cancel a turn; running commands are stopped',
  request: { params: z.object({ turn_id: turnId }) },
  responses: { 200: json(turn, 'The turn; it ends soon.'), ...errorResponses, ...missing, ...conflict },
});

export const wakeTurn = createRoute({
  ...shared,
  operationId: 'wakeTurn',
  method: 'post',
  path: '/api/turns/{turn_id}/wake',
  summary: 'Let a turn go on now that waits to retry, or for its workspace, which is started',
  request: { params: z.object({ turn_id: turnId }) },
  responses: { 200: json(turn, 'The turn; it is queued.'), ...errorResponses, ...missing, ...conflict },
});

export const listApprovals = createRoute({
  ...shared,
  operationId: 'listApprovals',
  method: 'get',
  path: '/api/approvals',
  summary: 'Approvals of own conversations, newest first',
  request: { query: pageQuery.extend({ status: approvalStatus.optional() }) },
  responses: { 200: json(pageOf(approval), 'A page.'), ...errorResponses },
});

export const resolveApproval = createRoute({
  ...shared,
  operationId: 'resolveApproval',
  method: 'post',
  path: '/api/approvals/{approval_id}',
  summary: 'Approve or deny',
  request: { params: z.object({ approval_id: approvalId }), body: body(resolveApprovalInput) },
  responses: { 200: json(approval, 'The approval.'), ...errorResponses, ...missing, ...conflict },
});

export const listModels = createRoute({
  ...shared,
  operationId: 'listModels',
  method: 'get',
  path: '/api/models',
  summary: 'Models that can be chosen, or what to set when there are none',
  responses: {
    200: json(modelList, 'The models.'),
    ...errorResponses,
    503: refusal('The service that asks the models does not respond.'),
  },
});
