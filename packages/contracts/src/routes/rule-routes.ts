import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { conversationId, ruleId, workspaceId } from '../ids.ts';
import { pageOf } from '../pagination.ts';
import { createRuleInput, rule } from '../rules.ts';
import { body, conflict, errorResponses, json, missing, noContent, security } from './route.ts';

const shared = { tags: ['Agent'], security };
const ofConversation = z.object({ conversation_id: conversationId });
const ofWorkspace = z.object({ workspace_id: workspaceId });
const named = { rule_id: ruleId };
const listed = { 200: json(pageOf(rule), 'All of them.'), ...errorResponses };
const made = {
  201: json(rule, 'The rule, or the equal one that was there.'),
  ...errorResponses,
  ...conflict,
};

const CONVERSATION_PATH = '/api/conversations/{conversation_id}/rules';
const WORKSPACE_PATH = '/api/workspaces/{workspace_id}/rules';
const OWN_PATH = '/api/me/rules';

export const listConversationRules = createRoute({
  ...shared,
  operationId: 'listConversationRules',
  method: 'get',
  path: CONVERSATION_PATH,
  summary: 'Rules of one conversation, newest first',
  request: { params: ofConversation },
  responses: { ...listed, ...missing },
});

export const createConversationRule = createRoute({
  ...shared,
  operationId: 'createConversationRule',
  method: 'post',
  path: CONVERSATION_PATH,
  summary: 'Allow, ask before, or deny something in one conversation',
  request: { params: ofConversation, body: body(createRuleInput) },
  responses: { ...made, ...missing },
});

export const deleteConversationRule = createRoute({
  ...shared,
  operationId: 'deleteConversationRule',
  method: 'delete',
  path: `${CONVERSATION_PATH}/{rule_id}`,
  summary: 'Remove a rule of a conversation',
  request: { params: ofConversation.extend(named) },
  responses: { ...noContent, ...errorResponses, ...missing },
});

export const listWorkspaceRules = createRoute({
  ...shared,
  operationId: 'listWorkspaceRules',
  method: 'get',
  path: WORKSPACE_PATH,
  summary: 'Rules of every conversation in a workspace, newest first',
  request: { params: ofWorkspace },
  responses: { ...listed, ...missing },
});

export const createWorkspaceRule = createRoute({
  ...shared,
  operationId: 'createWorkspaceRule',
  method: 'post',
  path: WORKSPACE_PATH,
  summary: 'Allow, ask before, or deny something in a workspace',
  request: { params: ofWorkspace, body: body(createRuleInput) },
  responses: { ...made, ...missing },
});

export const deleteWorkspaceRule = createRoute({
  ...shared,
  operationId: 'deleteWorkspaceRule',
  method: 'delete',
  path: `${WORKSPACE_PATH}/{rule_id}`,
  summary: 'Remove a rule of a workspace',
  request: { params: ofWorkspace.extend(named) },
  responses: { ...noContent, ...errorResponses, ...missing },
});

export const listOwnRules = createRoute({
  ...shared,
  operationId: 'listOwnRules',
  method: 'get',
  path: OWN_PATH,
  summary: 'Your rules for agents in every workspace that you own, newest first',
  responses: listed,
});

export const createOwnRule = createRoute({
  ...shared,
  operationId: 'createOwnRule',
  method: 'post',
  path: OWN_PATH,
  summary: 'Allow, ask before, or deny something in every workspace that you own',
  request: { body: body(createRuleInput) },
  responses: made,
});

export const deleteOwnRule = createRoute({
  ...shared,
  operationId: 'deleteOwnRule',
  method: 'delete',
  path: `${OWN_PATH}/{rule_id}`,
  summary: 'Remove one of your rules',
  request: { params: z.object(named) },
  responses: { ...noContent, ...errorResponses, ...missing },
});
