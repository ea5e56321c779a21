import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { createShareInput, share, transferWorkspaceInput, updateShareInput } from '../access.ts';
import { userId, workspaceId } from '../ids.ts';
import { pageOf } from '../pagination.ts';
import { workspace } from '../workspaces.ts';
import { body, conflict, errorResponses, json, missing, noContent, security } from './route.ts';

const tags = ['Workspaces'];
const params = z.object({ workspace_id: workspaceId });
const ofPerson = z.object({ workspace_id: workspaceId, user_id: userId });
const refused = { ...errorResponses, ...missing };

export const listShares = createRoute({
  operationId: 'listShares',
  method: 'get',
  path: '/api/workspaces/{workspace_id}/shares',
  tags,
  security,
  summary: 'With whom it is shared',
  request: { params },
  responses: { 200: json(pageOf(share), 'All of them; there is no further page.'), ...refused },
});

export const createShare = createRoute({
  operationId: 'createShare',
  method: 'post',
  path: '/api/workspaces/{workspace_id}/shares',
  tags,
  security,
  summary: 'Share it with a person, or share it as something else',
  request: { params, body: body(createShareInput) },
  responses: { 201: json(share, 'The share.'), ...refused, ...conflict },
});

export const updateShare = createRoute({
  operationId: 'updateShare',
  method: 'patch',
  path: '/api/workspaces/{workspace_id}/shares/{user_id}',
  tags,
  security,
  summary: 'Change what a person may do in it',
  request: { params: ofPerson, body: body(updateShareInput) },
  responses: { 200: json(share, 'The share.'), ...refused },
});

export const deleteShare = createRoute({
  operationId: 'deleteShare',
  method: 'delete',
  path: '/api/workspaces/{workspace_id}/shares/{user_id}',
  tags,
  security,
  summary: 'Stop sharing it with a person; what they have open closes',
  request: { params: ofPerson },
  responses: { ...noContent, ...refused },
});

export const leaveWorkspace = createRoute({
  operationId: 'leaveWorkspace',
  method: 'post',
  path: '/api/workspaces/{workspace_id}/leave',
  tags,
  security,
  summary: 'Give up a workspace that was shared with you',
  request: { params },
  responses: { ...noContent, ...refused },
});

export const transferWorkspace = createRoute({
  operationId: 'transferWorkspace',
  method: 'post',
  path: '/api/workspaces/{workspace_id}/transfer',
  tags,
  security,
  summary: 'Move it to a team, or to yourself',
  request: { params, body: body(transferWorkspaceInput) },
  responses: { 200: json(workspace, 'The workspace.'), ...refused, ...conflict },
});
