import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { fileQuery } from '@podex/contracts/files';
import { lstat, realPath } from '../files/disk.ts';
import { onFile } from '../files/file-errors.ts';
import { requireOutsideKernel } from '../files/kernel-files.ts';
import type { Route } from '../http/router.ts';
import { archiveTree } from './archive-tree.ts';

/** Pieces of a file that wait for the compressor. */
const PIECES_AHEAD = 2;

export function archiveRoutes({ resolve }: { resolve: (given: string) => string }): Route[] {
  return [
    {
      method: 'GET',
      path: '/files/archive',
      async answer({ query, request, response, signal }) {
        const file = resolve(fileQuery.parse(query).path);
        await requireOutsideKernel(file);
        const root = await onFile(file, async () => {
          await lstat(file);
          return realPath(file);
        });
        response.writeHead(200, { 'content-type': 'application/gzip' });
        if (request.method === 'HEAD') {
          response.end();
          return undefined;
        }
        const source = Readable.from(archiveTree(root), { objectMode: true, highWaterMark: PIECES_AHEAD });
        // The network is rarely faster than this, and the processors are the workspace’s own.
        await pipeline(source, createGzip({ level: constants.Z_BEST_SPEED }), response, { signal });
        return undefined;
      },
    },
  ];
}
