import { createRoute } from '@hono/zod-openapi';
import { pageOf, pageQuery } from '../pagination.ts';
import { waitingWorkspace } from '../waiting.ts';
import { errorResponses, json, security } from './route.ts';

export const listWaitingWorkspaces = createRoute({
  operationId: 'listWaitingWorkspaces',
  method: 'get',
  path: '/api/admin/workspaces/waiting',
  tags: ['Administration'],
  security,
  summary: 'Workspaces that no server takes at present: since when, what is short where, and what helps',
  request: { query: pageQuery },
  responses: { 200: json(pageOf(waitingWorkspace), 'A page, the oldest first.'), ...errorResponses },
});
