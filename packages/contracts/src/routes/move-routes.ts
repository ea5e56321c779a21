import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { serverId, workspaceId } from '../ids.ts';
import { moveWorkspaceInput, serverWorkspace, workspaceMove } from '../moves.ts';
import { pageOf, pageQuery } from '../pagination.ts';
import { body, conflict, errorResponses, json, missing, security } from './route.ts';

const tags = ['Administration'];
const shared = { tags, security } as const;
const params = z.object({ workspace_id: workspaceId });

export const moveWorkspace = createRoute({
  ...shared,
  operationId: 'moveWorkspace',
  method: 'post',
  path: '/api/admin/workspaces/{workspace_id}/move',
  summary: 'Move it to another server: files stay, packages that were installed in the system do not',
  request: { params, body: body(moveWorkspaceInput) },
  responses: {
    200: json(workspaceMove, 'The move, also when it was under way already.'),
    ...errorResponses,
    ...missing,
    ...conflict,
  },
});

export const getMove = createRoute({
  ...shared,
  operationId: 'getMove',
  method: 'get',
  path: '/api/admin/workspaces/{workspace_id}/move',
  summary: 'Its move under way, or the last one',
  request: { params },
  responses: { 200: json(workspaceMove, 'The move.'), ...errorResponses, ...missing },
});

export const cancelMove = createRoute({
  ...shared,
  operationId: 'cancelMove',
  method: 'post',
  path: '/api/admin/workspaces/{workspace_id}/move/cancel',
  summary: 'Leave it where it is; without effect once the copy is what counts',
  request: { params },
  responses: { 200: json(workspaceMove, 'The move.'), ...errorResponses, ...missing },
});

export const listServerMoves = createRoute({
  ...shared,
  operationId: 'listServerMoves',
  method: 'get',
  path: '/api/admin/servers/{server_id}/moves',
  summary: 'Workspaces on their way from or to it, newest first',
  request: { params: z.object({ server_id: serverId }), query: pageQuery },
  responses: { 200: json(pageOf(workspaceMove), 'A page.'), ...errorResponses, ...missing },
});

export const listServerWorkspaces = createRoute({
  ...shared,
  operationId: 'listServerWorkspaces',
  method: 'get',
  path: '/api/admin/servers/{server_id}/workspaces',
  summary: 'Workspaces whose files live there, and whose they are',
  request: { params: z.object({ server_id: serverId }), query: pageQuery },
  responses: { 200: json(pageOf(serverWorkspace), 'A page.'), ...errorResponses, ...missing },
});
