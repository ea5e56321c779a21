import { type AgentOptions, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex, Readable } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { within } from '@podex/service-kit/waiting';
import DockerModem from 'docker-modem';
import { z } from 'zod';
import type { EngineAddress } from './address.ts';
import { type EngineIdentity, engineError, unreachable } from './errors.ts';
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
}

/** The engine’s response: a value, or one of the expected errors. */
export type EngineResponse<Value> = { status: 'ok'; value: Value } | { status: number; reason: string };

export type CallObserver = (call: string, durationMs: number, outcome: 'ok' | 'refused' | 'failed') => void;

const KEEP_ALIVE_MS = 5_000;
const ACCEPTED = { 101: true, 200: true, 201: true, 204: true, 304: true };

const statusError = z.object({ statusCode: z.number().int() });
const statusReason = z.object({ json: z.object({ message: z.string() }) });

type Transfer = 'whole' | 'stream' | 'hijack';

/**
 * The one funnel to an engine: each call has a time limit, can be given up, and fails as a PodexError that says cause and cure.
 * The body of a call is sent as its body (given as plain options, docker-modem would repeat it in the URL, where proxies log it).
 */
export class EngineClient {
  readonly engine: EngineIdentity;
  readonly #modem: DockerModem;
  readonly #agent: HttpAgent;
  readonly #observe: CallObserver;

  private constructor(engine: EngineIdentity, agent: HttpAgent, modem: DockerModem, observe: CallObserver) {
    this.engine = engine;
    this.#agent = agent;
    this.#modem = modem;
    this.#observe = observe;
  }

  /** Reads the certificates; connects with the first call. @throws PodexError server_unreachable when they are no good. */
  static async create(
    engine: EngineIdentity,
    observe: CallObserver = () => undefined,
  ): Promise<EngineClient> {
    const { address } = engine;
    if (address.kind === 'socket') {
      const agent = new HttpAgent(AGENT_OPTIONS);
      // `host` is given, so that DOCKER_HOST of this process does not send the calls elsewhere.
      const options = { socketPath: address.path, host: undefined, protocol: 'http' as const, agent };
      return new EngineClient(engine, agent, new DockerModem(options), observe);
    }
    try {
      const agent = await tlsAgent(address);
      const host = address.host.includes(':') ? `[${address.host}]` : address.host;
      const options = { host: `https://${host}`, port: address.port, protocol: 'https' as const, agent };
      return new EngineClient(engine, agent, new DockerModem(options), observe);
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
    const startedAt = performance.now();
    let outcome: 'ok' | 'refused' | 'failed' = 'failed';
    const hangUp = new AbortController();
    try {
      const value = await within(request, () => this.#dial(transfer, request, hangUp.signal));
      outcome = 'ok';
      return { status: 'ok', value };
    } catch (error) {
      // Frees the connection, also of a request that was refused before its body was sent.
      hangUp.abort(error);
      if (request.signal?.aborted) throw request.signal.reason;
      const refused = errorResponseOf(error);
      if (refused === undefined) throw this.#translate(error, request);
      outcome = 'refused';
      if (request.expected?.includes(refused.status)) return refused;
      throw engineError(refused.status, refused.reason, request.call, this.engine);
    } finally {
      this.#observe(request.call, performance.now() - startedAt, outcome);
    }
  }

  async #dial(transfer: Transfer, request: EngineRequest, signal: AbortSignal): Promise<unknown> {
    const { method, path, query, body, file } = request;
    const response = await new Promise<unknown>((resolve, reject) => {
      this.#modem.dial(
        {
          method,
          path: query === undefined ? path : `${path}?`,
          options: { _query: query ?? {}, _body: body ?? {} },
          ...(file === undefined ? {} : { file }),
          isStream: transfer !== 'whole',
          hijack: transfer === 'hijack',
          openStdin: transfer === 'hijack',
          abortSignal: signal,
          statusCodes: ACCEPTED,
        },
        (error, value) => (error ? reject(error) : resolve(value)),
      );
    });
    // Nobody waits for it any more: a stream that came too late would stay open indefinitely.
    if (signal.aborted && transfer !== 'whole') (response as Readable).destroy();
    signal.throwIfAborted();
    return response;
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
  return new HttpsAgent({ ...AGENT_OPTIONS, secureContext, rejectUnauthorized: true });
}

function errorResponseOf(error: unknown): { status: number; reason: string } | undefined {
  const status = statusError.safeParse(error);
  if (!status.success) return undefined;
  const reason = statusReason.safeParse(error);
  const words = error instanceof Error ? error.message : '';
  return { status: status.data.statusCode, reason: reason.success ? reason.data.json.message : words.trim() };
}
