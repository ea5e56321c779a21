import { type AgentOptions, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex, Readable } from 'node:stream';
import { inspect } from 'node:util';
import { PodexError } from '@podex/contracts/errors';
import { within } from '@podex/service-kit/waiting';
import DockerModem from 'docker-modem';
import type { z } from 'zod';
import type { EngineAddress } from './address.ts';
import { type CallEnding, type CircuitBreaker, heldBack } from './circuit-breaker.ts';
import { type EngineIdentity, engineError, unreachable } from './errors.ts';
import { headOf, MAX_BODY_BYTES, MAX_ERROR_BYTES, parseBody, readBody, reasonIn } from './response-body.ts';
import { readTlsFiles } from './tls-files.ts';

/** Options of every call to an engine; `timeoutMs` replaces the call’s own limit. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
}

export interface EngineRequest {
  /** Name for errors, logs and metrics: `container.create`. */
  call: string;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  path: string;
  query?: Record<string, string>;
  body?: object;
  /** A tar archive to send. */
  file?: Readable | Buffer;
  /** Error statuses that the caller handles; every other one is thrown. */
  expected?: readonly number[];
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** The container that it is about, where the path does not name it. */
  about?: string;
  /**
   * `free`: it is made in any case. `slow`: it takes as long as something else, so that its time limit says nothing of the engine.
   */
  guard?: 'free' | 'slow';
}

/** The engine’s response: a value, or one of the expected errors. */
export type EngineResponse<Value> = { status: 'ok'; value: Value } | { status: number; reason: string };

export type CallObserver = (call: string, durationMs: number, outcome: 'ok' | 'refused' | 'failed') => void;

const KEEP_ALIVE_MS = 5_000;
const SWITCHED = 101;
const ACCEPTED: ReadonlySet<number> = new Set([101, 200, 201, 204, 304]);
/** docker-modem reads a response that it does not accept without a bound. */
const EVERY_STATUS = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [100 + index, true]));
/** Parts of a path that stand where others have a container. */
const NO_CONTAINER: ReadonlySet<string> = new Set(['create', 'json']);

type Transfer = 'whole' | 'stream' | 'hijack';

export interface ClientOptions {
  observe?: CallObserver | undefined;
  /** Shared by all connections to the same engine. */
  breaker?: CircuitBreaker | undefined;
}

/**
 * The one funnel to an engine: each call has a time limit, can be given up, and fails as a PodexError that says cause and cure.
 * The body of a call is sent as its body (given as plain options, docker-modem would repeat it in the URL, where proxies log it).
 */
export class EngineClient {
  readonly engine: EngineIdentity;
  readonly #modem: DockerModem;
  readonly #agent: HttpAgent;
  readonly #observe: CallObserver;
  readonly #breaker: CircuitBreaker | undefined;

  private constructor(
    engine: EngineIdentity,
    agent: HttpAgent,
    modem: DockerModem,
    { observe = () => undefined, breaker }: ClientOptions,
  ) {
    this.engine = engine;
    this.#agent = agent;
    this.#modem = modem;
    this.#observe = observe;
    this.#breaker = breaker;
  }

  /** Reads the certificates; connects with the first call. @throws PodexError server_unreachable when they are no good. */
  static async create(engine: EngineIdentity, options: ClientOptions = {}): Promise<EngineClient> {
    const { address } = engine;
    if (address.kind === 'socket') {
      const agent = inBrief(new HttpAgent(AGENT_OPTIONS));
      // `host` is given, so that DOCKER_HOST of this process does not send the calls elsewhere.
      const modemOptions = { socketPath: address.path, host: undefined, protocol: 'http' as const, agent };
      return new EngineClient(engine, agent, new DockerModem(modemOptions), options);
    }
    try {
      const agent = await tlsAgent(address);
      const host = address.host.includes(':') ? `[${address.host}]` : address.host;
      const modemOptions = { host: `https://${host}`, port: address.port, protocol: 'https' as const, agent };
      return new EngineClient(engine, agent, new DockerModem(modemOptions), options);
    } catch (error) {
      throw unreachable(error, engine);
    }
  }

  /** Cuts all connections that are not streams; running calls fail. */
  close(): void {
    this.#agent.destroy();
  }

  /** Closes idle connections, and the others once their calls have ended. */
  retire(): void {
    this.#agent.maxFreeSockets = 0;
    for (const socket of Object.values(this.#agent.freeSockets).flat()) socket?.destroy();
  }

  async request<Schema extends z.ZodType>(
    schema: Schema,
    request: EngineRequest,
  ): Promise<EngineResponse<z.output<Schema>>> {
    const response = await this.#send('whole', request);
    if (response.status !== 'ok') return response;
    const parsed = schema.safeParse(response.value);
    if (parsed.success) return { status: 'ok', value: parsed.data };
    throw new PodexError(
      'internal',
      `The Docker engine of ${this.engine.serverName} responded to ${request.call} in an unknown format. Check that its version is supported.`,
      {},
      { cause: parsed.error },
    );
  }

  /** For calls whose response’s body does not matter. */
  async send(request: EngineRequest): Promise<EngineResponse<undefined>> {
    const response = await this.#send('whole', request);
    return response.status === 'ok' ? { status: 'ok', value: undefined } : response;
  }

  /** The limit holds for the head of the response; the caller bounds and destroys the stream. */
  async openStream(request: EngineRequest): Promise<EngineResponse<Readable>> {
    const response = await this.#send('stream', request);
    return response.status === 'ok' ? { status: 'ok', value: response.value as Readable } : response;
  }

  /** Takes the connection over for bytes both ways; the caller bounds and destroys it. */
  async hijack(request: EngineRequest): Promise<EngineResponse<Duplex>> {
    const response = await this.#send('hijack', request);
    return response.status === 'ok' ? { status: 'ok', value: response.value as Duplex } : response;
  }

  async #send(transfer: Transfer, request: EngineRequest): Promise<EngineResponse<unknown>> {
    const breaker = request.guard === 'free' ? undefined : this.#breaker;
    const passage = breaker?.enter();
    if (breaker !== undefined && passage === undefined) throw heldBack(this.engine, breaker);
    const startedAt = performance.now();
    let outcome: 'ok' | 'refused' | 'failed' = 'failed';
    let ending: CallEnding = 'failed';
    const hangUp = new AbortController();
    try {
      const response = await within(request, () => this.#dial(transfer, request, hangUp.signal));
      ending = 'responded';
      if (response.status === 'ok') {
        outcome = 'ok';
        return response;
      }
      outcome = 'refused';
      // Frees the connection, also of a request that was refused before its body was sent.
      hangUp.abort();
      if (request.expected?.includes(response.status)) return response;
      throw engineError(response.status, response.reason, request.call, this.engine);
    } catch (error) {
      hangUp.abort(error);
      if (outcome === 'refused') throw error;
      if (request.guard === 'slow' && PodexError.has(error, 'timed_out')) ending = 'unknown';
      if (request.signal?.aborted) {
        ending = 'unknown';
        throw request.signal.reason;
      }
      throw this.#translate(error, request);
    } finally {
      if (passage !== undefined) breaker?.leave(passage, ending, containerOf(request));
      this.#observe(request.call, performance.now() - startedAt, outcome);
    }
  }

  async #dial(
    transfer: Transfer,
    request: EngineRequest,
    signal: AbortSignal,
  ): Promise<EngineResponse<unknown>> {
    const { method, path, query, body, file } = request;
    const value = await new Promise<unknown>((resolve, reject) => {
      this.#modem.dial(
        {
          method,
          path: query === undefined ? path : `${path}?`,
          options: { _query: query ?? {}, _body: body ?? {} },
          ...(file === undefined ? {} : { file }),
          isStream: true,
          hijack: transfer === 'hijack',
          openStdin: transfer === 'hijack',
          abortSignal: signal,
          statusCodes: EVERY_STATUS,
        },
        (error, given) => (error ? reject(error) : resolve(given)),
      );
    });
    const stream = value as Readable;
    // Nobody waits for it any more: a stream that came too late would stay open indefinitely.
    const cut = () => stream.destroy();
    if (signal.aborted) cut();
    signal.throwIfAborted();
    const status = headOf(value)?.statusCode ?? SWITCHED;
    if (transfer !== 'whole' && ACCEPTED.has(status)) return { status: 'ok', value };
    signal.addEventListener('abort', cut, { once: true });
    if (!ACCEPTED.has(status)) return { status, reason: reasonIn(await readBody(stream, MAX_ERROR_BYTES)) };
    return { status: 'ok', value: parseBody(await readBody(stream, MAX_BODY_BYTES)) };
  }

  #translate(error: unknown, request: EngineRequest): PodexError {
    if (!PodexError.has(error, 'timed_out')) return unreachable(error, this.engine);
    return new PodexError(
      'timed_out',
      `The Docker engine of ${this.engine.serverName} did not respond to ${request.call} within ${request.timeoutMs} ms. ` +
        'Check that the machine is up, that its firewall admits this one, and its load.',
      { timeout_ms: request.timeoutMs },
      { cause: error },
    );
  }
}

const AGENT_OPTIONS: AgentOptions = {
  keepAlive: true,
  keepAliveMsecs: KEEP_ALIVE_MS,
  maxFreeSockets: 8,
};

async function tlsAgent(address: EngineAddress & { kind: 'tls' }): Promise<HttpsAgent> {
  const { secureContext } = await readTlsFiles(address);
  return inBrief(new HttpsAgent({ ...AGENT_OPTIONS, secureContext, rejectUnauthorized: true }));
}

/** docker-modem describes all that hangs on the agent, sockets and certificates, for a debug line of each call that nobody reads. */
function inBrief<Agent extends HttpAgent>(agent: Agent): Agent {
  return Object.assign(agent, { [inspect.custom]: () => agent.constructor.name });
}

/** The container that a call is about; undefined when it is about the engine. */
function containerOf({ about, path }: EngineRequest): string | undefined {
  if (about !== undefined) return about;
  const name = /^\/containers\/([^/]+)/.exec(path)?.[1];
  return name === undefined || NO_CONTAINER.has(name) ? undefined : name;
}
