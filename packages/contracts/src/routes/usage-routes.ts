import { createRoute } from '@hono/zod-openapi';
import { adminUsageQuery, usagePage, usageQuery } from '../model-usage.ts';
import { errorResponses, json, security } from './route.ts';

export const listUsage = createRoute({
  operationId: 'listUsage',
  method: 'get',
  path: '/api/usage',
  tags: ['Account'],
  security,
  summary: 'What the agent used of models in your workspaces',
  description: 'Without the workspaces of teams. Days are those of UTC.',
  request: { query: usageQuery },
  responses: { 200: json(usagePage, 'Sums by what was asked for.'), ...errorResponses },
});

export const listAllUsage = createRoute({
  operationId: 'listAllUsage',
  method: 'get',
  path: '/api/admin/usage',
  tags: ['Administration'],
  security,
  summary: 'What the agent used of models in all workspaces',
  description: 'By holder: the person whose workspaces they are, or the team. Days are those of UTC.',
  request: { query: adminUsageQuery },
  responses: { 200: json(usagePage, 'Sums by what was asked for.'), ...errorResponses },
});
