import { type BigIntStats, constants } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { PodexError } from '@podex/contracts/errors';
import { shownPath } from '@podex/contracts/file-names';
import { isSameVersion } from '@podex/contracts/file-versions';
import type { Call } from '../http/router.ts';
import type { KeyedLock } from '../waiting/keyed-lock.ts';
import { type ByteRange, includesEtag, parseRange } from './conditions.ts';
import { type FileHandle, open } from './disk.ts';
import { etagOf } from './etag.ts';
import { onFile } from './file-errors.ts';
import { COPY_BYTES } from './overwrite-file.ts';
import { contentKey } from './save-file.ts';

const CHUNK_BYTES = 262_144;
/** Without waiting: opening a named pipe would otherwise hang until a process writes to it. */
const TO_READ = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Sends the content of a file, or the part of it that `Range` asks for. A small file is read to its end, whatever size it claims to have,
 * and never while a save of it is under way. A large one is sent with the size that it had at the start.
 */
export async function sendFile(file: string, call: SendCall, locks: KeyedLock): Promise<void> {
  await using handle = await onFile(file, () => open(file, TO_READ));
  const stats = requireFile(file, await handle.stat({ bigint: true }));
  if (stats.size > COPY_BYTES) {
    await sendLarge(handle, stats, call);
    return;
  }
  const { etag, bytes, isWhole } = await onFile(file, () => readSmall(handle, stats, locks));
  if (isWhole) sendBytes(bytes, etag, call);
  else await sendToEnd(handle, etag, call);
}

type SendCall = Pick<Call, 'request' | 'response' | 'signal'>;

/** @throws PodexError file_is_directory, invalid_request (a device or pipe). */
function requireFile(file: string, stats: BigIntStats): BigIntStats {
  const shown = shownPath(file);
  if (stats.isDirectory()) {
    throw new PodexError('file_is_directory', `${shown} is a folder. Choose a file.`, { path: file });
  }
  if (stats.isFile()) return stats;
  throw new PodexError(
    'invalid_request',
    `${shown} is a device, a pipe or a socket, not a file. Use a terminal.`,
    {},
  );
}

interface SmallContent {
  etag: string;
  bytes: Buffer;
  /** False when there is more than a small file has. */
  isWhole: boolean;
}

async function readSmall(handle: FileHandle, stats: BigIntStats, locks: KeyedLock): Promise<SmallContent> {
  using _lock = await locks.acquire(contentKey(stats));
  // Before the content: a program that writes meanwhile makes it an old one.
  const etag = etagOf(await handle.stat({ bigint: true }));
  const pieces: Buffer[] = [];
  let length = 0;
  while (length <= COPY_BYTES) {
    const piece = Buffer.allocUnsafe(pieces.length === 0 ? Number(stats.size) + 1 : CHUNK_BYTES);
    const { bytesRead } = await handle.read(piece, 0, piece.length, length);
    if (bytesRead === 0) return { etag, bytes: Buffer.concat(pieces), isWhole: true };
    pieces.push(piece.subarray(0, bytesRead));
    length += bytesRead;
  }
  return { etag, bytes: Buffer.concat(pieces), isWhole: false };
}

function sendBytes(bytes: Buffer, etag: string, call: SendCall): void {
  if (isKnown(etag, call)) return;
  const range = rangeOf(etag, bytes.length, call);
  beginAnswer(call, etag, { range, size: bytes.length });
  call.response.end(
    call.request.method === 'HEAD' ? undefined : bytes.subarray(range?.start, range && range.end + 1),
  );
}

/** What claims to be small and is not: sent as it comes, until it ends. */
async function sendToEnd(handle: FileHandle, etag: string, call: SendCall): Promise<void> {
  if (isKnown(etag, call)) return;
  call.response.writeHead(200, { etag, 'content-type': CONTENT_TYPE });
  if (call.request.method === 'HEAD') {
    call.response.end();
    return;
  }
  const source = handle.createReadStream({ start: 0, highWaterMark: CHUNK_BYTES, autoClose: false });
  await pipeline(source, call.response, { signal: call.signal });
}

/** A file that shrinks meanwhile breaks the response off: its length was promised already. */
async function sendLarge(handle: FileHandle, stats: BigIntStats, call: SendCall): Promise<void> {
  const { request, response, signal } = call;
  const etag = etagOf(stats);
  if (isKnown(etag, call)) return;
  const size = Number(stats.size);
  const range = rangeOf(etag, size, call);
  const { start, end } = range ?? { start: 0, end: size - 1 };
  beginAnswer(call, etag, { range, size });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const source = handle.createReadStream({ start, end, highWaterMark: CHUNK_BYTES, autoClose: false });
  await pipeline(source, response, { end: false, signal });
  if (source.bytesRead === end - start + 1) response.end();
  else response.destroy();
}

const CONTENT_TYPE = 'application/octet-stream';

/** Answers who has this content already. */
function isKnown(etag: string, { request, response }: SendCall): boolean {
  const known = request.headers['if-none-match'];
  if (known === undefined || !includesEtag(known, etag)) return false;
  response.writeHead(304, { etag, 'accept-ranges': 'bytes', 'content-type': CONTENT_TYPE }).end();
  return true;
}

function rangeOf(etag: string, size: number, { request }: SendCall): ByteRange | undefined {
  const ifRange = request.headers['if-range']?.toString();
  return ifRange === undefined || isSameVersion(ifRange, etag)
    ? parseRange(request.headers.range, size)
    : undefined;
}

function beginAnswer(
  { response }: SendCall,
  etag: string,
  { range, size }: { range: ByteRange | undefined; size: number },
): void {
  const { start, end } = range ?? { start: 0, end: size - 1 };
  response.writeHead(range ? 206 : 200, {
    etag,
    'accept-ranges': 'bytes',
    'content-type': CONTENT_TYPE,
    ...(range ? { 'content-range': `bytes ${start}-${end}/${size}` } : {}),
    'content-length': end - start + 1,
  });
}
