import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { PodexError } from '@podex/contracts/errors';
import { endResponse } from '../http/end-response.ts';
import { REQUEST_ID_HEADER } from '../http/errors.ts';
import { pickHeaders, takesBody } from '../http/message.ts';
import type { Call } from '../http/router.ts';
import type { FilesProcessSupervisor } from './files-process-supervisor.ts';

/** What the files process needs to know of a request besides its body. */
const REQUEST_HEADERS = ['accept', 'content-type', 'if-match', 'if-none-match', 'if-range', 'range'];
/** What it may say in a response: the user can take it over, so that its responses are data. */
const RESPONSE_HEADERS = ['accept-ranges', 'content-range', 'content-type', 'etag'];
const DECIMAL = /^\d{1,15}$/;

export interface ForwardOptions {
  files: FilesProcessSupervisor;
  /** Added to the request. */
  headers?: OutgoingHttpHeaders;
  /** Sees each piece of the request’s body as it passes. */
  onBody?: (chunk: Buffer) => void;
  /** Told the status, and the etag if there is one, before the answer is sent on, so also when the client has gone away. */
  onStatus?: (status: number, etag: string | undefined) => Promise<void>;
  /** Whether the work is to be finished although the client has gone away. */
  mustFinish?: () => boolean;
}

/**
 * Hands one request to the files process and its answer back, both bodies streamed at the speed of the slower side and framed by what is
 * sent. A connection that carried a part of a message is not used again.
 *
 * @throws PodexError service_unavailable while nothing was answered yet.
 */
export async function forwardToFiles(call: Call, options: ForwardOptions): Promise<void> {
  const { request: incoming, response: outgoing } = call;
  await options.files.start();
  const hasBody = takesBody(incoming.method);
  const upstream = options.files.request({
    method: incoming.method ?? 'GET',
    path: call.url,
    headers: {
      ...pickHeaders(incoming.headers, REQUEST_HEADERS),
      ...options.headers,
      ...(hasBody ? { 'transfer-encoding': 'chunked' } : {}),
      [REQUEST_ID_HEADER]: call.requestId,
    },
  });
  const abandon = () => {
    if (!options.mustFinish?.()) upstream.destroy();
  };
  call.signal.addEventListener('abort', abandon);
  let answer: IncomingMessage | undefined;
  try {
    const answered = firstAnswer(upstream);
    if (hasBody) sendBody(incoming, upstream, options.onBody);
    else upstream.end();
    answer = await answered;
    const status = statusOf(answer);
    await options.onStatus?.(status, answer.headers.etag);
    if (!incoming.complete) outgoing.shouldKeepAlive = false;
    outgoing.strictContentLength = true;
    outgoing.writeHead(status, answerHeaders(answer));
    await pipeline(answer, outgoing, { end: false });
    incoming.unpipe(upstream);
    await endResponse(outgoing);
  } finally {
    call.signal.removeEventListener('abort', abandon);
    if (!upstream.writableFinished || answer?.complete !== true) upstream.destroy();
  }
}

/** @throws PodexError service_unavailable for a status that files have no use for. */
function statusOf({ statusCode: status = 0 }: IncomingMessage): number {
  const isKnown = (status >= 200 && status < 300) || status === 304 || (status >= 400 && status < 600);
  if (isKnown) return status;
  throw brokenOff(new Error(`the files process answered with status ${status}`));
}

function answerHeaders({ statusCode, headers }: IncomingMessage): OutgoingHttpHeaders {
  const length = headers['content-length'];
  const hasBody = statusCode !== 204 && statusCode !== 304;
  return {
    ...pickHeaders(headers, RESPONSE_HEADERS),
    ...(hasBody && length !== undefined && DECIMAL.test(length) ? { 'content-length': length } : {}),
  };
}

/** Not awaited: the files process may refuse before it has read everything, and its answer then stands. */
function sendBody(
  incoming: IncomingMessage,
  upstream: ClientRequest,
  onBody: ForwardOptions['onBody'],
): void {
  // A body that breaks off must break off there as well, or it would be taken for complete. It may have done so before the process was up.
  const breakOff = () => {
    if (!incoming.complete) upstream.destroy();
  };
  if (incoming.destroyed) breakOff();
  incoming.once('close', breakOff);
  if (onBody !== undefined) incoming.on('data', onBody);
  incoming.pipe(upstream);
}

function firstAnswer(upstream: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    upstream.once('response', resolve);
    upstream.once('upgrade', (_answer, stream) => {
      stream.destroy();
      reject(brokenOff(new Error('the files process switched protocols unasked')));
    });
    // Stays: an error after the answer ends the answer’s stream, and must not be unhandled.
    upstream.on('error', (cause) => reject(brokenOff(cause)));
  });
}

function brokenOff(cause: unknown): PodexError {
  const service = { service: 'files' };
  return new PodexError('service_unavailable', 'The files of the workspace broke off. Try again.', service, {
    cause,
  });
}
