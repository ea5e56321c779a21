import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { workspaceId } from '../ids.ts';
import { networkPolicy, networkPolicyInput } from '../network-policies.ts';
import { pageOf, pageQuery } from '../pagination.ts';
import {
  createWorkspaceInput,
  keepAliveInput,
  rebuildPreview,
  updateWorkspaceInput,
  waitQuery,
  workspace,
} from '../workspaces.ts';
import { body, conflict, errorResponses, json, missing, noContent, security } from './route.ts';

const tags = ['Workspaces'];
const params = z.object({ workspace_id: workspaceId });

export const createWorkspace = createRoute({
  operationId: 'createWorkspace',
  method: 'post',
  path: '/api/workspaces',
  tags,
  security,
  summary: 'Create a workspace and start it',
  request: { query: waitQuery, body: body(createWorkspaceInput) },
  responses: {
    201: json(workspace, 'What is true after the wait.'),
    ...errorResponses,
    ...missing,
    ...conflict,
  },
});

export const listWorkspaces = createRoute({
  operationId: 'listWorkspaces',
  method: 'get',
  path: '/api/workspaces',
  tags,
  security,
  summary: 'Own workspaces, newest first',
  request: { query: pageQuery },
  responses: { 200: json(pageOf(workspace), 'A page.'), ...errorResponses },
});

export const getWorkspace = createRoute({
  operationId: 'getWorkspace',
  method: 'get',
  path: '/api/workspaces/{workspace_id}',
  tags,
  security,
  summary: 'One workspace',
  request: { params },
  responses: { 200: json(workspace, 'The workspace.'), ...errorResponses, ...missing },
});

export const updateWorkspace = createRoute({
  operationId: 'updateWorkspace',
  method: 'patch',
  path: '/api/workspaces/{workspace_id}',
  tags,
  security,
  summary: 'Rename it, say when it is stopped, or give it another size or image at its next start',
  request: { params, body: body(updateWorkspaceInput) },
  responses: { 200: json(workspace, 'The workspace.'), ...errorResponses, ...missing, ...conflict },
});

export const deleteWorkspace = createRoute({
  operationId: 'deleteWorkspace',
  method: 'delete',
  path: '/api/workspaces/{workspace_id}',
  tags,
  security,
  summary: 'Delete it with its files, in whatever state it is',
  request: { params },
  responses: { ...noContent, ...errorResponses, ...missing },
});

const change = { tags, security, request: { params, query: waitQuery } } as const;

export const startWorkspace = createRoute({
  ...change,
  operationId: 'startWorkspace',
  method: 'post',
  path: '/api/workspaces/{workspace_id}/start',
  summary: 'Start it; files are as they were',
  responses: {
    200: json(workspace, 'What is true after the wait.'),
    ...errorResponses,
    ...missing,
    ...conflict,
  },
});

export const stopWorkspace = createRoute({
  ...change,
  operationId: 'stopWorkspace',
  method: 'post',
  path: '/api/workspaces/{workspace_id}/stop',
  summary: 'Stop it; files and installed packages stay',
  responses: {
    200: json(workspace, 'What is true after the wait.'),
    ...errorResponses,
    ...missing,
    ...conflict,
  },
});

export const pauseWorkspace = createRoute({
  ...change,
  operationId: 'pauseWorkspace',
  method: 'post',
  path: '/api/workspaces/{workspace_id}/pause',
  summary: 'Freeze it as it is; `startWorkspace` and its next use let it go on',
  responses: {
    200: json(workspace, 'What is true after the wait.'),
    ...errorResponses,
    ...missing,
    ...conflict,
  },
});

export const keepAliveWorkspace = createRoute({
  operationId: 'keepAliveWorkspace',
  method: 'post',
  path: '/api/workspaces/{workspace_id}/keep_alive',
  tags,
  security,
  summary: 'Keep it from being stopped for being idle',
  request: { params, body: { ...body(keepAliveInput), required: false } },
  responses: { 200: json(workspace, 'The workspace.'), ...errorResponses, ...missing, ...conflict },
});

export const getNetworkPolicy = createRoute({
  operationId: 'getNetworkPolicy',
  method: 'get',
  path: '/api/workspaces/{workspace_id}/network-policy',
  tags,
  security,
  summary: 'What it may reach',
  request: { params },
  responses: { 200: json(networkPolicy, 'The policy.'), ...errorResponses, ...missing },
});

export const setNetworkPolicy = createRoute({
  operationId: 'setNetworkPolicy',
  method: 'put',
  path: '/api/workspaces/{workspace_id}/network-policy',
  tags,
  security,
  summary: 'Change what it may reach, also while it runs; connections that are open and not allowed are cut',
  request: { params, query: waitQuery, body: body(networkPolicyInput) },
  responses: { 200: json(networkPolicy, 'What is true after the wait.'), ...errorResponses, ...missing },
});

export const rebuildWorkspace = createRoute({
  ...change,
  operationId: 'rebuildWorkspace',
  method: 'post',
  path: '/api/workspaces/{workspace_id}/rebuild',
  summary: 'Make its container again around its files; `getRebuild` says what is lost',
  responses: {
    200: json(workspace, 'What is true after the wait.'),
    ...errorResponses,
    ...missing,
    ...conflict,
  },
});

export const getRebuild = createRoute({
  operationId: 'getRebuild',
  method: 'get',
  path: '/api/workspaces/{workspace_id}/rebuild',
  tags,
  security,
  summary: 'What a rebuild keeps, loses and changes',
  request: { params },
  responses: { 200: json(rebuildPreview, 'What would happen.'), ...errorResponses, ...missing },
});

export const retrySetup = createRoute({
  operationId: 'retrySetup',
  method: 'post',
  path: '/api/workspaces/{workspace_id}/setup/retry',
  tags,
  security,
  summary: 'Do the part of its setup that failed again; nothing is done while it runs already',
  request: { params },
  responses: { 200: json(workspace, 'The workspace.'), ...errorResponses, ...missing, ...conflict },
});
