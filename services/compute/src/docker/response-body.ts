import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** Far more than the list of all containers of the largest server. */
export const MAX_BODY_BYTES = 33_554_432;
/** Of a response that says what was wrong. */
export const MAX_ERROR_BYTES = 65_536;

/** @throws when it is longer, or was cut; the stream is destroyed then. By events: docker-modem’s duplex never ends an iteration. */
export function readBody(body: Readable, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const fail = (error: Error) => {
      reject(error);
      body.destroy();
    };
    body.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) fail(new Error(`its response is longer than ${maxBytes} bytes`));
      else chunks.push(chunk);
    });
    body.once('end', () => resolve(Buffer.concat(chunks)));
    body.once('error', fail);
    body.once('close', () => fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
  });
}

/** A value of JSON, or the bytes as they came. */
export function parseBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) ?? body;
  } catch {
    return body;
  }
}

/** The engine’s own words. */
export function reasonIn(body: Buffer): string {
  const value = parseBody(body);
  const isObject = typeof value === 'object' && value !== null && !Buffer.isBuffer(value);
  if (isObject && 'message' in value && typeof value.message === 'string') return value.message;
  return body.toString('utf8').trim();
}

/** The head of what docker-modem gives; undefined for a connection that was taken over. */
export function headOf(value: unknown): IncomingMessage | undefined {
  if (value instanceof IncomingMessage) return value;
  if (value instanceof Socket || typeof value !== 'object' || value === null) return undefined;
  // Its own duplex over a response that did not take the connection over.
  const output = '_output' in value ? value._output : undefined;
  return output instanceof IncomingMessage ? output : undefined;
}
