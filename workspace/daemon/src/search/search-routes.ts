import { stat } from 'node:fs/promises';
import path from 'node:path';
import { searchQuery } from '@podex/contracts/files';
import { onFile } from '../files/file-errors.ts';
import { listKernelNames, requireOutsideKernel } from '../files/kernel-files.ts';
import type { Route } from '../http/router.ts';
import { findExecutable } from '../user/find-executable.ts';
import { searchWithRipgrep } from './ripgrep-search.ts';
import type { SearchRequest } from './search-request.ts';
import { searchWithWalk } from './walk-search.ts';

const SEARCH_TIMEOUT_MS = 20_000;

export interface SearchRoutesOptions {
  homePath: string;
  /** PATH on which ripgrep is looked for. */
  searchPath: string;
}

export function searchRoutes({ homePath, searchPath }: SearchRoutesOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/search',
      async answer({ query, signal }) {
        const input = searchQuery.parse(query);
        const place = path.resolve(homePath, input.path ?? '.');
        await requireOutsideKernel(place);
        const stats = await onFile(place, () => stat(place));
        const folder = stats.isDirectory() ? place : path.dirname(place);
        const request: SearchRequest = {
          text: input.q,
          path: place,
          folder,
          passedOver: await listKernelNames(folder),
          mode: input.mode,
          isRegex: input.regex,
          isCaseSensitive: input.case_sensitive,
          glob: input.glob,
          limit: input.limit,
          signal,
          timeoutMs: SEARCH_TIMEOUT_MS,
        };
        const ripgrep = await findExecutable('rg', searchPath);
        const result =
          ripgrep === undefined ? await searchWithWalk(request) : await searchWithRipgrep(ripgrep, request);
        return { status: 200, body: result };
      },
    },
  ];
}
