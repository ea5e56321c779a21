import type { z } from 'zod';
import { errorBody } from '../errors.ts';

/** Shorthands for `createRoute`, so that each route below reads as one paragraph. */
export function json<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { 'application/json': { schema } } } as const;
}

export function body<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } } as const;
}

export const refusal = (description: string) => json(errorBody, description);

/** Answers that every signed-in route can give. */
export const errorResponses = {
  400: refusal('The request is not valid; `context.issues` says where.'),
  401: refusal('Not signed in, or the token is not valid any more.'),
  403: refusal('Signed in, but not allowed.'),
} as const;

export const missing = { 404: refusal('No such thing, or not yours.') } as const;
export const conflict = { 409: refusal('Not possible in its present state; the code says why.') } as const;
export const noContent = { 204: { description: 'Done.' } } as const;

/** `Authorization: Bearer pdx_…` or the session cookie of the page. */
export const security: Record<string, string[]>[] = [{ bearer: [] }, { cookie: [] }];
