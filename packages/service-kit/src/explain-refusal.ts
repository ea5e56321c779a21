import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { errorBody, PodexError } from '@podex/contracts/errors';

export interface Explaining {
  explain?: (error: PodexError) => PodexError;
}

const UNKNOWN_STATUSES = new Set([404, 405]);
/** An error of ours is shorter. */
const REFUSAL_BYTES_MAX = 4_096;

/**
 * @returns the error to respond with in its place; its body, where that was read and stands; undefined when nothing was read.
 */
export async function explainRefusal(
  response: IncomingMessage,
  { explain }: Explaining,
): Promise<PodexError | Readable | undefined> {
  if (explain === undefined || !isShortRefusal(response)) return undefined;
  const bytes = await buffer(response);
  const refusal = errorOfBytes(bytes);
  const explained = refusal === undefined ? undefined : explain(refusal);
  return explained === undefined || explained === refusal ? Readable.from([bytes]) : explained;
}

function isShortRefusal({ statusCode = 0, headers }: IncomingMessage): boolean {
  const bytes = Number(headers['content-length'] ?? Number.NaN);
  return UNKNOWN_STATUSES.has(statusCode) && bytes > 0 && bytes <= REFUSAL_BYTES_MAX;
}

function errorOfBytes(bytes: Buffer): PodexError | undefined {
  try {
    const body = errorBody.safeParse(JSON.parse(bytes.toString('utf8')));
    return body.success ? PodexError.fromBody(body.data) : undefined;
  } catch {
    return undefined;
  }
}
