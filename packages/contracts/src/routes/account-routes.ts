import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { createdToken, createTokenInput, me, token } from '../accounts.ts';
import { tokenId } from '../ids.ts';
import { pageOf, pageQuery } from '../pagination.ts';
import { body, errorResponses, json, missing, noContent, security } from './route.ts';

const tags = ['Account'];

export const getMe = createRoute({
  operationId: 'getMe',
  method: 'get',
  path: '/api/me',
  tags,
  security,
  summary: 'Who is signed in',
  responses: { 200: json(me, 'The user of this session or token.'), ...errorResponses },
});

export const createToken = createRoute({
  operationId: 'createToken',
  method: 'post',
  path: '/api/tokens',
  tags,
  security,
  summary: 'Make a bearer token; its secret is shown once',
  request: { body: body(createTokenInput) },
  responses: { 201: json(createdToken, 'The token with its secret.'), ...errorResponses },
});

export const listTokens = createRoute({
  operationId: 'listTokens',
  method: 'get',
  path: '/api/tokens',
  tags,
  security,
  summary: 'Own tokens, newest first',
  request: { query: pageQuery },
  responses: { 200: json(pageOf(token), 'Without secrets.'), ...errorResponses },
});

export const deleteCurrentToken = createRoute({
  operationId: 'deleteCurrentToken',
  method: 'delete',
  path: '/api/tokens/current',
  tags,
  security,
  summary: 'Revoke the token that this request comes with, whatever it is good for',
  responses: { ...noContent, ...errorResponses },
});

export const deleteToken = createRoute({
  operationId: 'deleteToken',
  method: 'delete',
  path: '/api/tokens/{token_id}',
  tags,
  security,
  summary: 'Revoke a token at once',
  request: { params: z.object({ token_id: tokenId }) },
  responses: { ...noContent, ...errorResponses, ...missing },
});
