import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type EngineEndpoint, requestEngine } from './engine-api.ts';
import { readEngineMessages } from './engine-messages.ts';

/** Longest silence while an image is read or written, in milliseconds. */
const ENGINE_TIMEOUT_MS = 300_000;

/**
 * Writes an image as a tar file that `loadImage` and `docker load` read. The file appears whole or not at all;
 * its folder is created.
 *
 * @throws EngineApiError (404) when the engine has no such image.
 */
export async function saveImage(
  endpoint: EngineEndpoint,
  options: { image: string; file: string; signal?: AbortSignal | undefined },
): Promise<void> {
  const { image, file, signal } = options;
  await mkdir(path.dirname(file), { recursive: true });
  const partial = `${file}.${randomBytes(4).toString('hex')}.part`;
  try {
    const response = await requestEngine(endpoint, {
      method: 'GET',
      path: `/images/${encodeURIComponent(image)}/get`,
      signal,
      timeoutMs: ENGINE_TIMEOUT_MS,
    });
    await pipeline(response, createWriteStream(partial));
    await rename(partial, file);
  } finally {
    await rm(partial, { force: true });
  }
}

/** Loads the image of a tar file, under the name it was saved with. Loading it again changes nothing. */
export async function loadImage(
  endpoint: EngineEndpoint,
  options: { file: string; signal?: AbortSignal | undefined },
): Promise<void> {
  const response = await requestEngine(endpoint, {
    method: 'POST',
    path: '/images/load?quiet=1',
    body: createReadStream(options.file),
    signal: options.signal,
    timeoutMs: ENGINE_TIMEOUT_MS,
  });
  await readEngineMessages(response, () => undefined);
}
