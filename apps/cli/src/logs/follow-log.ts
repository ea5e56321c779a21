import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode } from '../cli-error.ts';
import { fileSize, previousLogFile } from './log-file.ts';

const POLL_EVERY_MS = 250;
const CHUNK_BYTES = 64 * 1024;

/** The last lines of a log, its predecessor included; empty when there is none. */
export async function readLastLines(logFile: string, count: number): Promise<string[]> {
  const lines = await lastLinesOf(logFile, count);
  if (lines.length >= count) return lines;
  const earlier = await lastLinesOf(previousLogFile(logFile), count - lines.length);
  return [...earlier, ...lines];
}

/** Reads backwards, so that the length of the log does not matter. */
async function lastLinesOf(file: string, count: number): Promise<string[]> {
  if (count <= 0) return [];
  const size = await fileSize(file);
  if (size === 0) return [];
  await using handle = await open(file, 'r');
  const chunks: Buffer[] = [];
  let newlines = 0;
  for (let end = size; end > 0 && newlines <= count; end -= CHUNK_BYTES) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(end - start), position: start });
    const chunk = buffer.subarray(0, bytesRead);
    chunks.unshift(chunk);
    newlines += chunk.filter((byte) => byte === 0x0a).length;
  }
  const lines = Buffer.concat(chunks).toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.slice(-count);
}

/**
 * Gives every whole line that is written to a log from now on, until the signal. A log that is emptied, or does
 * not exist yet, is read from its beginning.
 */
export async function* followLog(logFile: string, signal: AbortSignal): AsyncGenerator<string> {
  let position = await fileSize(logFile);
  let rest = Buffer.alloc(0);
  while (!signal.aborted) {
    const size = await fileSize(logFile);
    if (size < position) {
      position = 0;
      rest = Buffer.alloc(0);
    }
    if (size > position) {
      const chunk = await readChunk(logFile, position, Math.min(CHUNK_BYTES, size - position));
      position += chunk.length;
      const lines = splitLines(Buffer.concat([rest, chunk]));
      rest = lines.rest;
      yield* lines.whole;
      continue;
    }
    await pauseUntil(signal);
  }
}

function splitLines(buffer: Buffer): { whole: string[]; rest: Buffer<ArrayBuffer> } {
  const end = buffer.lastIndexOf(0x0a);
  const rest = Buffer.from(buffer.subarray(end + 1));
  if (end < 0) return { whole: [], rest };
  return { whole: buffer.subarray(0, end).toString('utf8').split('\n'), rest };
}

async function readChunk(file: string, position: number, length: number): Promise<Buffer> {
  await using handle = await open(file, 'r');
  const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(length), position });
  return buffer.subarray(0, bytesRead);
}

async function pauseUntil(signal: AbortSignal): Promise<void> {
  try {
    await delay(POLL_EVERY_MS, undefined, { signal });
  } catch (error) {
    if (errorCode(error) !== 'ABORT_ERR') throw error;
  }
}
