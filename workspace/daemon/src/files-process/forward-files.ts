import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { PodexError } from '@podex/contracts/errors';
import { REQUEST_ID_HEADER } from '../http/errors.ts';
import type { Call } from '../http/router.ts';
import type { FilesProcessSupervisor } from './files-process-supervisor.ts';
import { OPERATION_HEADER } from './protocol.ts';

/** Of one connection only (RFC 9110 §7.6.1), or not the client’s to set. */
const DROPPED_HEADERS = new Set([
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'host',
  'expect',
  REQUEST_ID_HEADER,
  OPERATION_HEADER,
]);

export interface ForwardOptions {
  files: FilesProcessSupervisor;
  /** Added to the request. */
  headers?: OutgoingHttpHeaders;
  /** Sees each piece of the request’s body as it passes. */
  onBody?: (chunk: Buffer) => void;
  /** Told the status before the answer is sent on, so also when the client has gone away. */
  onStatus?: (status: number) => Promise<void>;
  /** Whether the work is to be finished although the client has gone away. */
  mustFinish?: () => boolean;
}

/**
 * Hands one request to the files process and its answer back, both bodies streamed at the speed of the slower side.
 *
 * @throws PodexError service_unavailable while nothing was answered yet.
 */
export async function forwardToFiles(call: Call, options: ForwardOptions): Promise<void> {
  const { request: incoming, response: outgoing } = call;
  await options.files.start();
  const upstream = options.files.request({
    method: incoming.method ?? 'GET',
    path: call.url,
    headers: { ...copyHeaders(incoming), ...options.headers, [REQUEST_ID_HEADER]: call.requestId },
  });
  const abandon = () => {
    if (!options.mustFinish?.()) upstream.destroy();
  };
  call.signal.addEventListener('abort', abandon);
  try {
    const answered = firstAnswer(upstream);
    sendBody(incoming, upstream, options.onBody);
    const answer = await answered;
    const status = answer.statusCode ?? 502;
    await options.onStatus?.(status);
    outgoing.writeHead(status, copyHeaders(answer));
    await pipeline(answer, outgoing);
  } finally {
    call.signal.removeEventListener('abort', abandon);
  }
}

function copyHeaders({ headers }: IncomingMessage): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !DROPPED_HEADERS.has(name)));
}

/** Not awaited: the files process may refuse before it has read everything, and its answer then stands. */
function sendBody(
  incoming: IncomingMessage,
  upstream: ClientRequest,
  onBody: ForwardOptions['onBody'],
): void {
  // A body that breaks off must break off there as well, or it would be taken for complete.
  incoming.once('close', () => {
    if (!incoming.complete) upstream.destroy();
  });
  if (onBody !== undefined) incoming.on('data', onBody);
  incoming.pipe(upstream);
}

function firstAnswer(upstream: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    upstream.once('response', resolve);
    // Stays: an error after the answer ends the answer’s stream, and must not be unhandled.
    upstream.on('error', (cause) => {
      const service = { service: 'files' };
      reject(
        new PodexError('service_unavailable', 'The files of the workspace broke off.', service, { cause }),
      );
    });
  });
}
