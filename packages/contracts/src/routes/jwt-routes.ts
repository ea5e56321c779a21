import { createRoute } from '@hono/zod-openapi';
import { createdJwt, createJwtInput, jwks } from '../jwts.ts';
import { body, errorResponses, json, security } from './route.ts';

const tags = ['Account'];

export const createJwt = createRoute({
  operationId: 'createJwt',
  method: 'post',
  path: '/api/tokens/jwt',
  tags,
  security,
  summary:
    'A JWT for a program or service, for minutes. It is a bearer token that others can verify with the keys of /api/jwks',
  request: { body: body(createJwtInput) },
  responses: { 201: json(createdJwt, 'The JWT.'), ...errorResponses },
});

export const getJwks = createRoute({
  operationId: 'getJwks',
  method: 'get',
  path: '/api/jwks',
  tags,
  summary: 'Public keys of the JWTs',
  responses: { 200: json(jwks, 'A JSON Web Key Set; keep it for five minutes at most.') },
});
