import type { PodexError } from '@podex/contracts/errors';
import { REQUEST_ID_HEADER, requestIdOf } from './http-app.ts';

export interface RawResponseOptions {
  status?: number;
  requestId?: string | undefined;
  /** A response to HEAD has the headers of the body, without the body. */
  isHead?: boolean;
}

/** The error body as a whole HTTP/1.1 response, for sockets on which no framework can answer. The connection ends with it. */
export function rawErrorResponse(
  error: PodexError,
  { status = error.status, requestId, isHead = false }: RawResponseOptions = {},
): string {
  const id = requestIdOf(requestId);
  const body = JSON.stringify(error.toBody(id));
  return (
    `HTTP/1.1 ${status} ${error.code}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
    `${REQUEST_ID_HEADER}: ${id}\r\nconnection: close\r\n\r\n${isHead ? '' : body}`
  );
}
