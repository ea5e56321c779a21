import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { serverId } from '../ids.ts';
import { deleteServerQuery, drainServerInput } from '../moves.ts';
import { pageOf, pageQuery } from '../pagination.ts';
import { capacity, createServerInput, regions, server, updateServerInput } from '../servers.ts';
import { body, conflict, errorResponses, json, missing, noContent, security } from './route.ts';

const tags = ['Administration'];
const shared = { tags, security } as const;
const params = z.object({ server_id: serverId });
const answers = { ...errorResponses, ...missing, ...conflict } as const;

export const createServer = createRoute({
  ...shared,
  operationId: 'createServer',
  method: 'post',
  path: '/api/admin/servers',
  summary: 'Register a workspace server; it takes workspaces once its preflight has passed',
  request: { body: body(createServerInput) },
  responses: { 201: json(server, 'Registered, status pending.'), ...errorResponses, ...conflict },
});

export const listServers = createRoute({
  ...shared,
  operationId: 'listServers',
  method: 'get',
  path: '/api/admin/servers',
  summary: 'Workspace servers',
  request: { query: pageQuery },
  responses: { 200: json(pageOf(server), 'A page.'), ...errorResponses },
});

export const getCapacity = createRoute({
  ...shared,
  operationId: 'getCapacity',
  method: 'get',
  path: '/api/admin/servers/capacity',
  summary: 'What all servers have and what is taken',
  responses: { 200: json(capacity, 'The sums.'), ...errorResponses },
});

export const getServer = createRoute({
  ...shared,
  operationId: 'getServer',
  method: 'get',
  path: '/api/admin/servers/{server_id}',
  summary: 'One server with its checks and facts',
  request: { params },
  responses: { 200: json(server, 'The server.'), ...answers },
});

export const updateServer = createRoute({
  ...shared,
  operationId: 'updateServer',
  method: 'patch',
  path: '/api/admin/servers/{server_id}',
  summary: 'Change its registration; it is checked again',
  request: { params, body: body(updateServerInput) },
  responses: { 200: json(server, 'The server.'), ...answers },
});

export const deleteServer = createRoute({
  ...shared,
  operationId: 'deleteServer',
  method: 'delete',
  path: '/api/admin/servers/{server_id}',
  summary: 'Forget it; refused while it has workspaces, unless it is lost',
  request: { params, query: deleteServerQuery },
  responses: { ...noContent, ...answers },
});

export const checkServer = createRoute({
  ...shared,
  operationId: 'checkServer',
  method: 'post',
  path: '/api/admin/servers/{server_id}/check',
  summary: 'Run its preflight now',
  request: {
    params,
    query: z.object({
      accept_engine: z
        .enum(['true', 'false'])
        .optional()
        .meta({ description: 'true: the engine that responds at its address now is the right one.' }),
    }),
  },
  responses: { 200: json(server, 'The server with fresh checks.'), ...answers },
});

export const drainServer = createRoute({
  ...shared,
  operationId: 'drainServer',
  method: 'post',
  path: '/api/admin/servers/{server_id}/drain',
  summary: 'Give it no new workspaces',
  request: { params, body: { ...body(drainServerInput), required: false } },
  responses: { 200: json(server, 'The server.'), ...answers },
});

export const activateServer = createRoute({
  ...shared,
  operationId: 'activateServer',
  method: 'post',
  path: '/api/admin/servers/{server_id}/activate',
  summary: 'Give it workspaces again, once its preflight has passed',
  request: { params },
  responses: { 200: json(server, 'The server.'), ...answers },
});

export const listRegions = createRoute({
  operationId: 'listRegions',
  method: 'get',
  path: '/api/regions',
  tags: ['Workspaces'],
  security,
  summary: 'Regions that a new workspace can ask for',
  responses: { 200: json(regions, 'The regions.'), ...errorResponses },
});
