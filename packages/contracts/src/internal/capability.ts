import { z } from 'zod';
import { turnId, userId, workspaceId } from '../ids.ts';
import { attemptNumber, formatTurnAttempt, TURN_ATTEMPT_HEADER } from './turn-attempt.ts';

/**
 * What api signs and compute checks in place of one key that opens every workspace: a bearer token (JWT, HS256) that is good for one
 * request, one connection to a port, or the workspace of one turn, and for a minute at most.
 */
export const CAPABILITY_SECONDS_MAX = 60;

export const capabilityAccess = z.enum(['read', 'write']);

/** `target_hash`: SHA-256, base64url, of the method, a space, and path and query as compute receives them. */
export const requestCapability = z.object({
  kind: z.literal('request'),
  workspace_id: workspaceId,
  user_id: userId,
  access: capabilityAccess,
  request_id: z.string().max(64),
  target_hash: z.string().length(43),
});

/** For the worker that holds the turn; renewed with its lease. */
export const turnCapability = z.object({
  kind: z.literal('turn'),
  workspace_id: workspaceId,
  turn_id: turnId,
  /** The daemon refuses changes of an older attempt than the newest that it knows. */
  attempt: attemptNumber,
  access: z.literal('write'),
});

/** For one connection to a port; whose browser it is for, api has decided. */
export const portCapability = z.object({
  kind: z.literal('port'),
  workspace_id: workspaceId,
  port: z.number().int().min(1).max(65_535),
  access: z.literal('write'),
  request_id: z.string().max(64),
});

export const capability = z.discriminatedUnion('kind', [requestCapability, turnCapability, portCapability]);
export type Capability = z.infer<typeof capability>;

/** With which compute says to the daemon which attempt at a turn asks. A person’s request says nothing of the kind. */
export function attemptHeaders(claims: Capability): Record<string, string> {
  return claims.kind === 'turn' ? { [TURN_ATTEMPT_HEADER]: formatTurnAttempt(claims) } : {};
}

/** A signed capability, as it travels. */
export const capabilityToken = z.string().min(1).max(2000);
