import { createHash } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { WorkspaceRelation } from '@podex/contracts/access';
import { PodexError } from '@podex/contracts/errors';
import type { WorkspaceId } from '@podex/contracts/ids';
import type { HttpEnv } from '@podex/service-kit/http-app';
import type { Context } from 'hono';
import type { Tx } from '../database/connect.ts';
import type { Actor } from './actor.ts';
import type { CallSource } from './call-source.ts';
import type { RequestEnd } from './request-end.ts';

export interface OperationView {
  workspaceId: WorkspaceId;
  relation: WorkspaceRelation;
  atLeast: WorkspaceRelation;
}

/**
 * What the door has let in may have been taken away since: a transaction asks again, once it holds what it changes.
 *
 * @throws PodexError as the door does.
 */
export type RequireStill = (tx: Tx) => Promise<void>;

/** Context of a route of api. All but `requestEnd` is set at the door, before any route runs. */
export interface ApiEnv extends HttpEnv {
  Bindings: HttpBindings;
  Variables: HttpEnv['Variables'] & {
    source: CallSource;
    operation: string;
    actor: Actor;
    /** The workspace that the operation is about, and what the actor is and must be to it. */
    view: OperationView | undefined;
    requireStill: RequireStill;
    requestEnd: RequestEnd;
  };
}

/** The request that must happen once, however often it is sent. */
export interface IdempotentRequest {
  key: string;
  operation: string;
  /** sha-256 over path and body. */
  hash: Buffer;
}

/** Who asks, and what every use-case needs to know of the asking. */
export interface Call {
  actor: Actor;
  requestId: string;
  source: CallSource;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
  idempotency: IdempotentRequest | undefined;
  requireStill: RequireStill;
}

/** `body` is the parsed body of a POST that creates; only such a call is idempotent by its key. */
export function callOf(context: Context<ApiEnv>, body?: unknown): Call {
  return {
    actor: context.get('actor'),
    requestId: context.get('requestId'),
    source: context.get('source'),
    signal: context.req.raw.signal,
    idempotency: body === undefined ? undefined : idempotentRequest(context, body),
    requireStill: context.get('requireStill'),
  };
}

function idempotentRequest(context: Context<ApiEnv>, body: unknown): IdempotentRequest | undefined {
  const key = context.req.header('idempotency-key');
  if (key === undefined) return undefined;
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw new PodexError('invalid_request', 'Idempotency-Key must be 1 to 200 visible ASCII characters.', {});
  }
  const hash = createHash('sha256')
    .update(context.req.path)
    .update('\0')
    .update(JSON.stringify(body))
    .digest();
  return { key, operation: context.get('operation'), hash };
}
