import { createRoute } from '@hono/zod-openapi';
import { errorResponses, refusal, security } from './route.ts';

export const openLive = createRoute({
  operationId: 'openLive',
  method: 'get',
  path: '/api/live',
  tags: ['Live'],
  security,
  summary: 'WebSocket: `subscribe {topic, after}` gives every later event of a topic exactly once',
  responses: {
    101: { description: 'Switching to WebSocket.' },
    ...errorResponses,
    404: refusal('This is not a handshake of a WebSocket.'),
  },
});
