import { createRoute } from '@hono/zod-openapi';
import { errorResponses, security } from './route.ts';

export const openLive = createRoute({
  operationId: 'openLive',
  method: 'get',
  path: '/api/live',
  tags: ['Live'],
  security,
  summary: 'WebSocket: `subscribe {topic, after}` gives every later event of a topic exactly once',
  responses: { 101: { description: 'Switching to WebSocket.' }, ...errorResponses },
});
