import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { type WaitOptions, within } from '@podex/service-kit/waiting';
import type { z } from 'zod';

const MAX_RESPONSE_BYTES = 1_048_576;

export interface DaemonCall {
  method: string;
  path: string;
  /** A buffer as it is, all else as JSON. */
  body?: unknown;
}

/** Opens a connection to the daemon of one workspace. */
export type ConnectToDaemon = (options: WaitOptions) => Promise<Duplex>;

/**
 * One request of compute’s own to a daemon.
 *
 * @throws PodexError of the daemon’s response; daemon_unreachable, timed_out.
 */
export async function callDaemon<Schema extends z.ZodType>(
  connect: ConnectToDaemon,
  schema: Schema,
  call: DaemonCall,
  options: WaitOptions,
): Promise<z.output<Schema>> {
  return within(options, async (signal) => {
    const connection = await connect({ signal, timeoutMs: options.timeoutMs });
    try {
      const { status, body } = await exchange(connection, call, signal);
      const response: unknown = body === '' ? undefined : JSON.parse(body);
      if (status >= 400) throw PodexError.fromBody(response);
      return schema.parse(response);
    } finally {
      connection.destroy();
    }
  });
}

function exchange(
  connection: Duplex,
  call: DaemonCall,
  signal: AbortSignal,
): Promise<{ status: number; body: string }> {
  const unreachable = (cause: unknown) =>
    new PodexError(
      'daemon_unreachable',
      'The connection to the daemon of the workspace was lost. Try again in a moment.',
      {},
      { cause },
    );
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      createConnection: () => connection,
      method: call.method,
      path: call.path,
      signal,
      headers: call.body === undefined ? {} : { 'content-type': typeOf(call.body) },
    });
    request.once('error', (error) => reject(unreachable(error)));
    request.once('response', (response) => {
      readText(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, body }),
        (error: unknown) => reject(unreachable(error)),
      );
    });
    request.end(
      call.body === undefined || Buffer.isBuffer(call.body) ? call.body : JSON.stringify(call.body),
    );
  });
}

function typeOf(body: unknown): string {
  return Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json';
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > MAX_RESPONSE_BYTES)
      throw new Error(`The response is longer than ${MAX_RESPONSE_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
