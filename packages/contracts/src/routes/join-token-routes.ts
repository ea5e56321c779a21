import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { joinTokenId, serverId } from '../ids.ts';
import {
  createdJoinToken,
  createJoinTokenInput,
  joinedServer,
  joinServerInput,
  joinToken,
  lookUpJoinTokenInput,
  openJoinToken,
} from '../join-tokens.ts';
import { pageOf, pageQuery } from '../pagination.ts';
import { body, conflict, errorResponses, json, missing, noContent, refusal, security } from './route.ts';

const tags = ['Administration'];
const shared = { tags, security } as const;
const refusals = { 400: errorResponses[400], ...missing } as const;

export const createJoinToken = createRoute({
  ...shared,
  operationId: 'createJoinToken',
  method: 'post',
  path: '/api/admin/servers/join_tokens',
  summary:
    'A token with which one server enrols itself, once and within an hour; it replaces an open one of the same name',
  request: { body: body(createJoinTokenInput) },
  responses: {
    201: json(createdJoinToken, 'The token, and the command to run on the server.'),
    ...errorResponses,
    ...conflict,
  },
});

export const listJoinTokens = createRoute({
  ...shared,
  operationId: 'listJoinTokens',
  method: 'get',
  path: '/api/admin/servers/join_tokens',
  summary: 'Open join tokens, newest first',
  request: { query: pageQuery },
  responses: { 200: json(pageOf(joinToken), 'Without the tokens themselves.'), ...errorResponses },
});

export const deleteJoinToken = createRoute({
  ...shared,
  operationId: 'deleteJoinToken',
  method: 'delete',
  path: '/api/admin/servers/join_tokens/{join_token_id}',
  summary: 'Revoke a join token at once',
  request: { params: z.object({ join_token_id: joinTokenId }) },
  responses: { ...noContent, ...errorResponses, ...missing },
});

export const renewServer = createRoute({
  ...shared,
  operationId: 'renewServer',
  method: 'post',
  path: '/api/admin/servers/{server_id}/renew',
  summary: 'A token with which a server that joined by itself gets a new key and certificate',
  request: { params: z.object({ server_id: serverId }) },
  responses: {
    201: json(createdJoinToken, 'The token, and the command to run on the server.'),
    ...errorResponses,
    ...missing,
    ...conflict,
  },
});

export const lookUpJoinToken = createRoute({
  operationId: 'lookUpJoinToken',
  method: 'post',
  path: '/api/servers/join/look_up',
  tags,
  summary: 'Which server a join token is for; nothing is used up',
  request: { body: body(lookUpJoinTokenInput) },
  responses: { 200: json(openJoinToken, 'The token is good.'), ...refusals },
});

export const joinServer = createRoute({
  operationId: 'joinServer',
  method: 'post',
  path: '/api/servers/join',
  tags,
  summary: 'Enrol a server with a join token: its key is certified, and it is checked as soon as it responds',
  request: { body: body(joinServerInput) },
  responses: {
    201: json(joinedServer, 'The certificate. The token is used up.'),
    ...refusals,
    ...conflict,
    503: refusal('Compute is away, or keeps no certificate authority. The token stays good.'),
    504: refusal('Compute did not respond in time. The token stays good.'),
  },
});
