import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { JsonValue } from './json-value.ts';
import type { RefusalKind, VendorPart, VendorWire } from './vendor-wire.ts';

export type VendorReply =
  | { refusal: RefusalKind; retryAfterSeconds?: number }
  | {
      parts: VendorPart[];
      /** `cut`: the connection breaks. `unnamed`: no reason. `garbled`: not JSON. `error`: the vendor’s own error in the stream. */
      end?: 'cut' | 'unnamed' | 'garbled' | 'error';
    };

export interface VendorRequest {
  model: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
}

export interface VendorDouble {
  /** Without a path. */
  url: string;
  /** What the model says, a reply for each request; the last one is said again. A model without replies is unknown. */
  say(model: string, ...replies: VendorReply[]): void;
  requestsOf(model: string): VendorRequest[];
  stop(): Promise<void>;
}

const STREAM_HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' };

/** An API of a vendor on this machine that speaks its wire protocol. */
export async function startVendorDouble(wire: VendorWire): Promise<VendorDouble> {
  const replies = new Map<string, VendorReply[]>();
  const requests: VendorRequest[] = [];
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://vendor').pathname;
    const body = await readBody(request);
    const model = wire.askedModel(path, body);
    const page = wire.pages[path];
    if (model !== undefined) {
      requests.push({ model, path, headers: request.headers, body });
      await reply(wire, model, takeReply(replies, model), response);
    } else if (page === undefined) sendJson(response, 404, { error: { message: `There is no ${path}.` } });
    else sendJson(response, 200, page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    say: (model, ...said) => void replies.set(model, said),
    requestsOf: (model) => requests.filter((request) => request.model === model),
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function takeReply(replies: Map<string, VendorReply[]>, model: string): VendorReply {
  const left = replies.get(model) ?? [];
  const [next] = left;
  if (left.length > 1) left.shift();
  return next ?? { refusal: 'unknown_model' };
}

async function reply(
  wire: VendorWire,
  model: string,
  said: VendorReply,
  response: ServerResponse,
): Promise<void> {
  if ('refusal' in said) {
    const refusal = wire.refusal(said.refusal, { model, retryAfterSeconds: said.retryAfterSeconds });
    if (refusal === undefined) throw new Error(`this vendor never says ${said.refusal}`);
    if ('stream' in refusal) {
      response.writeHead(200, STREAM_HEADERS).end(refusal.stream);
      return;
    }
    for (const [name, value] of Object.entries(refusal.headers ?? {})) response.setHeader(name, value);
    sendJson(response, refusal.status, refusal.body);
    return;
  }
  response.writeHead(200, STREAM_HEADERS);
  for (const piece of piecesOf(wire, model, said)) {
    response.write(piece);
    await setImmediate();
  }
  if (said.end === 'cut') response.destroy();
  else response.end();
}

function piecesOf(
  wire: VendorWire,
  model: string,
  { parts, end }: Extract<VendorReply, { parts: unknown }>,
): string[] {
  const pieces = wire.stream(parts, model, end === undefined);
  if (end === 'garbled') return [...pieces, 'data: {"this is": not JSON\n\n'];
  if (end !== 'error') return pieces;
  if (wire.streamError === undefined) throw new Error('this vendor has no errors in its streams');
  return [...pieces, wire.streamError];
}

function sendJson(response: ServerResponse, status: number, body: JsonValue): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString();
  return text === '' ? {} : JSON.parse(text);
}
