import type { IncomingMessage, ServerResponse } from 'node:http';
import { FORWARDED_PATH } from '@podex/contracts/limits';
import { admitSocket } from '@podex/service-kit/http-server';
import type { MiddlewareHandler } from 'hono';
import type { ApiEnv } from '../calls/call.ts';
import type { EndReason, RequestEnd } from '../calls/request-end.ts';
import type { Operation } from '../http/operations.ts';
import type { AddressOf } from '../network/client-address.ts';
import { type ConnectionKind, type ConnectionRegistry, credentialOf } from './connection-registry.ts';

/** A stream that is told to end may say so to its client; after this it is cut. */
const FAREWELL_MS = 500;

/** Registers every request with a credential until its response has ended. After the door, before the routes. */
export function trackRequests(
  { registry, addressOf }: { registry: ConnectionRegistry; addressOf: AddressOf },
  operationOf: (method: string, path: string) => Operation | undefined,
): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const actor = context.get('actor');
    const operation = operationOf(context.req.method, context.req.path);
    if (actor === undefined || operation === undefined) return next();
    const { incoming, outgoing } = context.env;
    const end: RequestEnd = { farewell: undefined };
    context.set('requestEnd', end);
    if (!admitSocket(incoming.socket, actor.userId)) outgoing.shouldKeepAlive = false;
    const registered = registry.register({
      credential: credentialOf(actor),
      what: kindOf(operation.id, context.req.path),
      view: context.get('view'),
      address: addressOf(incoming),
      close: (reason) => endRequest(end, reason, outgoing, incoming),
    });
    const release = () => registered[Symbol.dispose]();
    outgoing.once('close', release);
    if (outgoing.closed) release();
    await next();
  };
}

function kindOf(operation: string, path: string): ConnectionKind {
  if (operation === 'streamConversationEvents') return 'event_stream';
  return FORWARDED_PATH.test(path) ? 'forwarded' : 'call';
}

function endRequest(
  end: RequestEnd,
  reason: EndReason,
  outgoing: ServerResponse,
  incoming: IncomingMessage,
): void {
  if (end.farewell === undefined) {
    incoming.socket.destroy();
    return;
  }
  end.farewell(reason);
  const cut = setTimeout(() => incoming.socket.destroy(), FAREWELL_MS);
  outgoing.once('close', () => clearTimeout(cut));
}
