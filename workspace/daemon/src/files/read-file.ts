import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { PodexError } from '@podex/contracts/errors';
import { includesEtag, parseRange } from './conditions.ts';
import { etagOf } from './file-entries.ts';
import { onFile } from './file-errors.ts';

const CHUNK_BYTES = 262_144;

/** Sends the content of a file, or the part of it that `Range` asks for. What is sent has the size that the file had at the start. */
export async function sendFile(
  file: string,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  // Without waiting: opening a named pipe would otherwise hang until a process writes to it.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  await using handle = await onFile(file, () => open(file, flags));
  const stats = await handle.stat({ bigint: true });
  if (stats.isDirectory()) throw new PodexError('file_is_directory', `${file} is a folder.`, { path: file });
  if (!stats.isFile()) throw new PodexError('invalid_request', `${file} is not a regular file.`, {});
  const etag = etagOf(stats);
  const headers = { etag, 'accept-ranges': 'bytes', 'content-type': 'application/octet-stream' };
  if (request.headers['if-none-match'] && includesEtag(request.headers['if-none-match'], etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  const size = Number(stats.size);
  const ifRange = request.headers['if-range'];
  const range =
    ifRange === undefined || ifRange === etag ? parseRange(request.headers.range, size) : undefined;
  const { start, end } = range ?? { start: 0, end: size - 1 };
  response.writeHead(range ? 206 : 200, {
    ...headers,
    ...(range ? { 'content-range': `bytes ${start}-${end}/${size}` } : {}),
    'content-length': end - start + 1,
  });
  if (request.method === 'HEAD' || end < start) {
    response.end();
    return;
  }
  await sendBytes(handle, { start, end }, response, signal);
}

/** A file that shrinks meanwhile breaks the response off: its length was promised already. */
async function sendBytes(
  handle: FileHandle,
  { start, end }: { start: number; end: number },
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const source = handle.createReadStream({ start, end, highWaterMark: CHUNK_BYTES, autoClose: false });
  await pipeline(source, response, { end: false, signal });
  if (source.bytesRead === end - start + 1) response.end();
  else response.destroy();
}
