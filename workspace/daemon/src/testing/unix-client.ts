import { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { z } from 'zod';

export interface TestRequest {
  body?: string | Buffer | Readable;
  json?: unknown;
  headers?: OutgoingHttpHeaders;
  signal?: AbortSignal;
}

export class TestResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;

  constructor(message: IncomingMessage, body: Buffer) {
    this.status = message.statusCode ?? 0;
    this.headers = message.headers;
    this.body = body;
  }

  json<Schema extends z.ZodType>(schema: Schema): z.output<Schema> {
    return schema.parse(JSON.parse(this.body.toString('utf8')));
  }

  /** The code of the error body. */
  get code(): string {
    return JSON.parse(this.body.toString('utf8')).error.code;
  }
}

/** HTTP to a daemon on its unix socket. */
export class UnixClient {
  readonly socketPath: string;

  constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  async send(method: string, path: string, options: TestRequest = {}): Promise<TestResponse> {
    const message = await this.open(method, path, options);
    return new TestResponse(message, await buffer(message));
  }

  /** Resolves with the headers; the body is the caller’s to read. */
  open(method: string, path: string, options: TestRequest = {}): Promise<IncomingMessage> {
    const { headers = {}, signal, json } = options;
    const body = json === undefined ? options.body : JSON.stringify(json);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        { socketPath: this.socketPath, method, path, headers, agent: false, ...(signal ? { signal } : {}) },
        resolve,
      );
      outgoing.on('error', reject);
      if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) outgoing.end(body);
      else body.pipe(outgoing);
    });
  }
}

export function query(parameters: Record<string, string | number>): string {
  return new URLSearchParams(
    Object.entries(parameters).map(([name, value]) => [name, String(value)]),
  ).toString();
}
