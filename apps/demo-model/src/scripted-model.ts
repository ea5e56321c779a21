import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type ChatRequest, chatRequest, messageOrderProblem } from './chat-request.ts';
import { completionChunks, wholeCompletion } from './completion.ts';
import {
  type Answer,
  type Refusal,
  type Reply,
  replyOf,
  ruleFits,
  type Script,
  type ScriptInput,
  script,
} from './script.ts';

/** A request and what became of it. */
export interface AnsweredRequest {
  at: string;
  authorization: string | null;
  body: ChatRequest;
  /** Name of the rule that answered; null when none did. */
  rule: string | null;
}

export interface ScriptedModel {
  /** Without `/v1`. */
  url: string;
  setScript(next: ScriptInput): void;
  stop(): Promise<void>;
}

const MAX_BODY_BYTES = 32 * 1024 * 1024;

/**
 * Speaks OpenAI's chat completions over HTTP, streamed and whole, saying what the script says. It decides from the messages of
 * a request alone (but for rules with `times`), so that a request that is sent again gets the same answer.
 */
export async function startScriptedModel(options: {
  /** A free one when left out. */
  port?: number | undefined;
  script: ScriptInput;
  onRequest?: (request: AnsweredRequest) => void;
}): Promise<ScriptedModel> {
  const model = new Model(script.parse(options.script), options.onRequest ?? (() => undefined));
  const server = createServer((request, response) => {
    model.serve(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendError(response, 500, error instanceof Error ? error.message : String(error), 'server_error');
    });
  });
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    setScript: (next) => model.setScript(script.parse(next)),
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

class Model {
  #script: Script;
  readonly #onRequest: (request: AnsweredRequest) => void;
  #spent = new Map<number, number>();

  constructor(first: Script, onRequest: (request: AnsweredRequest) => void) {
    this.#script = first;
    this.#onRequest = onRequest;
  }

  setScript(next: Script): void {
    this.#script = next;
    this.#spent = new Map();
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://model');
    switch (`${request.method} ${pathname}`) {
      case 'POST /v1/chat/completions':
        return this.#complete(request, response);
      case 'GET /v1/models':
        return sendJson(response, 200, { object: 'list', data: this.#script.models.map(modelObject) });
      case 'GET /demo/tours':
        return sendJson(response, 200, { tours: this.#script.tours });
      default:
        return sendError(response, 404, `Unknown request URL: ${request.method} ${pathname}`);
    }
  }

  async #complete(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const authorization = request.headers.authorization ?? null;
    const parsed = chatRequest.safeParse(parseJson(await readBody(request)));
    if (!parsed.success) return sendError(response, 400, parsed.error.message);
    const body = parsed.data;
    const { rule, reply } = this.#decide(body, authorization);
    this.#onRequest({ at: new Date().toISOString(), authorization, body, rule });
    if ('error' in reply) return refuse(response, reply);
    if (body.stream) return streamAnswer(response, body, reply);
    await delay(reply.first_delay_ms ?? 0);
    return sendJson(response, 200, wholeCompletion(body, reply));
  }

  #decide(body: ChatRequest, authorization: string | null): { rule: string | null; reply: Reply } {
    const { api_key: key, models, strict_models: strict } = this.#script;
    if (key !== undefined && authorization !== `Bearer ${key}`) {
      return refusalReply(401, 'Incorrect API key provided.', 'invalid_api_key');
    }
    if (strict && !models.includes(body.model)) {
      return refusalReply(404, `The model \`${body.model}\` does not exist.`, 'model_not_found');
    }
    const problem = messageOrderProblem(body.messages);
    if (problem !== undefined) return refusalReply(400, problem, null);
    for (const [index, candidate] of this.#script.rules.entries()) {
      const used = this.#spent.get(index) ?? 0;
      if ((candidate.times !== undefined && used >= candidate.times) || !ruleFits(candidate, body)) continue;
      this.#spent.set(index, used + 1);
      return { rule: candidate.name ?? `rule ${index}`, reply: replyOf(candidate, body) };
    }
    return refusalReply(400, 'The script has no rule for this request.', 'no_rule');
  }
}

function refusalReply(status: number, message: string, code: string | null): { rule: null; reply: Refusal } {
  return { rule: null, reply: { error: { status, message, type: 'invalid_request_error', code } } };
}

function modelObject(id: string): Record<string, unknown> {
  return { id, object: 'model', created: 1_750_000_000, owned_by: 'scripted' };
}

/** Server-sent events, one chunk each, ended by `[DONE]`. */
async function streamAnswer(response: ServerResponse, request: ChatRequest, answer: Answer): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const pause = (ms: number | undefined) => (ms ? delay(ms, undefined, { signal: gone.signal }) : undefined);
  try {
    await pause(answer.first_delay_ms);
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-request-id': `req_${crypto.randomUUID()}`,
    });
    response.flushHeaders();
    let sent = 0;
    for (const chunk of completionChunks(request, answer)) {
      if (sent === answer.cut_after_chunks) return void response.destroy();
      if (sent === answer.stall_after_chunks) return;
      await pause(answer.chunk_delay_ms);
      if (gone.signal.aborted) return;
      response.write(`data: ${JSON.stringify(chunk)}\n\n`);
      sent += 1;
    }
    response.end('data: [DONE]\n\n');
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  }
}

function refuse(response: ServerResponse, { error }: Refusal): void {
  if (error.retry_after_seconds !== undefined)
    response.setHeader('retry-after', String(error.retry_after_seconds));
  sendError(response, error.status, error.message, error.type, error.code);
}

function sendError(
  response: ServerResponse,
  status: number,
  message: string,
  type = 'invalid_request_error',
  code: string | null = null,
): void {
  sendJson(response, status, { error: { message, type, param: null, code } });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** Undefined for what is not JSON; the schemas then refuse it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const piece = Buffer.from(chunk);
    bytes += piece.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('the request is too large');
    chunks.push(piece);
  }
  return Buffer.concat(chunks).toString('utf8');
}
