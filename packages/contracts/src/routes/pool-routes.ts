import { createRoute } from '@hono/zod-openapi';
import { pool } from '../pool.ts';
import { errorResponses, json, security } from './route.ts';

const tags = ['Administration'];
const shared = { tags, security } as const;

export const getPool = createRoute({
  ...shared,
  operationId: 'getPool',
  method: 'get',
  path: '/api/admin/pool',
  summary: 'The warm pool: how many containers wait for an owner, and why there are fewer than wanted',
  responses: { 200: json(pool, 'The pool.'), ...errorResponses },
});
