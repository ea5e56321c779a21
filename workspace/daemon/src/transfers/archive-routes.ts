import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { fileQuery } from '@podex/contracts/files';
import { lstat, realPath } from '../files/disk.ts';
import { onFile } from '../files/file-errors.ts';
import { requireOutsideKernel } from '../files/kernel-files.ts';
import type { Call, Route } from '../http/router.ts';
import { walkArchive } from './archive-walk.ts';
import { tarOf } from './tar-archive.ts';

/** Pieces of a file that wait for the compressor. */
const PIECES_AHEAD = 2;

export function archiveRoutes({ resolve }: { resolve: (given: string) => string }): Route[] {
  return [
    {
      method: 'GET',
      path: '/files/archive',
      async answer(call) {
        const root = await rootOf(call, resolve);
        if (begin(call, 'application/gzip')) return undefined;
        const source = readable(tarOf(walkArchive(root)));
        // The network is rarely faster than this, and the processors are the workspace’s own.
        const gzip = createGzip({ level: constants.Z_BEST_SPEED });
        await pipeline(source, gzip, call.response, { signal: call.signal });
        return undefined;
      },
    },
    {
      method: 'GET',
      path: '/files/archive/zip',
      async answer(call) {
        const root = await rootOf(call, resolve);
        if (begin(call, 'application/zip')) return undefined;
        const { zipOf } = await import('./zip-archive.ts');
        await pipeline(readable(zipOf(walkArchive(root))), call.response, { signal: call.signal });
        return undefined;
      },
    },
  ];
}

async function rootOf({ query }: Call, resolve: (given: string) => string): Promise<string> {
  const file = resolve(fileQuery.parse(query).path);
  await requireOutsideKernel(file);
  return onFile(file, async () => {
    await lstat(file);
    return realPath(file);
  });
}

/** Whether the head is all that was asked for. */
function begin({ request, response }: Call, type: string): boolean {
  response.writeHead(200, { 'content-type': type });
  if (request.method === 'HEAD') response.end();
  return request.method === 'HEAD';
}

function readable(bytes: AsyncIterable<Buffer>): Readable {
  return Readable.from(bytes, { objectMode: true, highWaterMark: PIECES_AHEAD });
}
