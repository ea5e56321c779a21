import { createReadStream } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { SearchResult } from '@podex/contracts/files';
import { readLines } from './line-reader.ts';
import { globMatcher, nameMatcher, toPattern } from './patterns.ts';
import { type SearchMatch, type SearchRequest, toMatch } from './search-request.ts';

const MAX_FILES = 100_000;
const MAX_FILE_BYTES = 4_194_304;
/** Longer lines are generated, and a pattern could search them without end. */
const MAX_LINE_BYTES = 4_096;
const LINE_FEED = 0x0a;
const PASSED_OVER = new Set(['.git', 'node_modules']);

/**
 * Searches without ripgrep, in images that have none. Slower and plainer: `.gitignore` is not read, `node_modules` is passed over,
 * large and binary files too.
 */
export async function searchWithWalk(request: SearchRequest): Promise<SearchResult> {
  const deadline = performance.now() + request.timeoutMs;
  const isInGlob = globMatcher(request.glob);
  const search = request.mode === 'name' ? nameSearch(request) : contentSearch(request);
  const matches: SearchMatch[] = [];
  let files = 0;
  for await (const file of walk(request)) {
    request.signal.throwIfAborted();
    files += 1;
    if (files > MAX_FILES || performance.now() > deadline) return { matches, truncated: true };
    const relativePath = path.relative(request.path, file) || path.basename(file);
    if (!isInGlob(relativePath)) continue;
    for await (const match of search(file, relativePath)) {
      if (matches.length === request.limit) return { matches, truncated: true };
      matches.push(match);
    }
  }
  return { matches, truncated: false };
}

/** All regular files below a folder, or the one file; links are not followed, and what may not be read is passed over. */
async function* walk({ path: place, passedOver }: SearchRequest): AsyncGenerator<string> {
  if ((await stat(place)).isFile()) {
    yield place;
    return;
  }
  const folders = [place];
  const away = new Set(passedOver.map((name) => path.join(place, name)));
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    const entries = await opendir(folder).catch(() => undefined);
    if (entries === undefined) continue;
    for await (const entry of entries) {
      const child = path.join(folder, entry.name);
      if (entry.isFile()) yield child;
      else if (entry.isDirectory() && !PASSED_OVER.has(entry.name) && !away.has(child)) folders.push(child);
    }
  }
}

type FileSearch = (file: string, relativePath: string) => AsyncGenerator<SearchMatch>;

function nameSearch(request: SearchRequest): FileSearch {
  const isWanted = nameMatcher(request);
  return async function* (file, relativePath) {
    if (isWanted(relativePath)) yield { path: file };
  };
}

function contentSearch(request: SearchRequest): FileSearch {
  const pattern = toPattern(request);
  return async function* (file) {
    const stats = await stat(file).catch(() => undefined);
    if (stats === undefined || stats.size > MAX_FILE_BYTES) return;
    try {
      yield* searchLines(file, pattern);
    } catch (error) {
      // Not ours to read, or gone meanwhile.
      if (!(error instanceof Error && 'syscall' in error)) throw error;
    }
  };
}

async function* searchLines(file: string, pattern: RegExp): AsyncGenerator<SearchMatch> {
  let lineNumber = 0;
  const onLongLine = () => {
    lineNumber += 1;
  };
  const options = { separator: LINE_FEED, maxLineBytes: MAX_LINE_BYTES, onLongLine };
  for await (const line of readLines(createReadStream(file), options)) {
    lineNumber += 1;
    if (line.includes('\0')) return;
    const at = line.search(pattern);
    if (at !== -1) yield toMatch(file, lineNumber, at + 1, line);
  }
}
