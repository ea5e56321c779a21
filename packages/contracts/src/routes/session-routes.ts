import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { pageOf } from '../pagination.ts';
import { session, sessionId } from '../sessions.ts';
import { errorResponses, json, missing, noContent, security } from './route.ts';

const tags = ['Account'];

export const listSessions = createRoute({
  operationId: 'listSessions',
  method: 'get',
  path: '/api/sessions',
  tags,
  security,
  summary: 'Where you are signed in, the last used first; at most 200',
  responses: { 200: json(pageOf(session), 'Own sessions.'), ...errorResponses },
});

export const deleteSession = createRoute({
  operationId: 'deleteSession',
  method: 'delete',
  path: '/api/sessions/{session_id}',
  tags,
  security,
  summary: 'Sign out in one place, at once',
  request: { params: z.object({ session_id: sessionId }) },
  responses: { ...noContent, ...errorResponses, ...missing },
});

export const deleteSessions = createRoute({
  operationId: 'deleteSessions',
  method: 'delete',
  path: '/api/sessions',
  tags,
  security,
  summary: 'Sign out everywhere but here, at once',
  responses: { ...noContent, ...errorResponses },
});
