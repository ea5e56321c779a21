import { isUtf8 } from 'node:buffer';
import path from 'node:path';
import { readFolder, readWhole, stat } from '../files/disk.ts';
import { globMatcher } from './globs.ts';
import { GuardedPattern } from './guarded-pattern.ts';
import { shownLine, toMatch } from './match-window.ts';
import type { SearchMatch, SearchOutcome, SearchRequest } from './search-request.ts';

/** Read whole. */
const MAX_FILE_BYTES = 4_194_304;
const NUL = 0x00;
const PASSED_OVER = new Set(['.git', 'node_modules']);

/**
 * Searches without ripgrep, in images that have none. Slower and plainer: `.gitignore` is not read, `node_modules` is passed over,
 * binary files too.
 */
export async function searchWithWalk(request: SearchRequest): Promise<SearchOutcome> {
  const deadline = performance.now() + request.timeoutMs;
  const search = contentSearch(request);
  let count = 0;
  for await (const file of walk(request)) {
    request.signal.throwIfAborted();
    if (performance.now() > deadline) return { truncated: true };
    const found = await search(file);
    if (found === undefined) return { truncated: true };
    for (const match of found) {
      if (count === request.limit) return { truncated: true };
      count += 1;
      await request.onMatch(match);
    }
  }
  return { truncated: false };
}

/** All regular files below a folder that the globs take in, or the one file; links are not followed. */
export async function* walk(request: SearchRequest): AsyncGenerator<string> {
  const isInGlobs = globMatcher(request.globs);
  for await (const file of walkAll(request)) {
    const relativePath = path.relative(request.path, file) || path.basename(file);
    if (isInGlobs(relativePath)) yield file;
  }
}

async function* walkAll({ path: place, passedOver, skipped }: SearchRequest): AsyncGenerator<string> {
  if ((await stat(place)).isFile()) {
    yield place;
    return;
  }
  const folders = [place];
  const away = new Set(passedOver.map((name) => path.join(place, name)));
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    try {
      for await (const { name, entry } of readFolder(folder)) {
        const child = path.join(folder, name);
        if (entry.isFile()) yield child;
        else if (entry.isDirectory() && !PASSED_OVER.has(name) && !away.has(child)) folders.push(child);
      }
    } catch (error) {
      skipped.addError(folder, error);
    }
  }
}

/** Undefined ends the search. */
type FileSearch = (file: string) => Promise<SearchMatch[] | undefined>;

function contentSearch(request: SearchRequest): FileSearch {
  const { skipped, limit, context } = request;
  const pattern = new GuardedPattern(request);
  return async (file) => {
    const bytes = await readSearchable(file, request);
    if (bytes === undefined || bytes.includes(NUL)) return [];
    const text = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
    const places = pattern.find(text, limit + 1);
    if (places === undefined) skipped.add(file, 'The pattern takes too long to try in it.');
    return places?.map(({ line, lineStart, start, end }) => {
      const lineEnd = text.indexOf('\n', end);
      const whole = text.slice(lineStart, lineEnd === -1 ? text.length : lineEnd);
      const match = toMatch({
        path: file,
        line,
        text: whole,
        start: start - lineStart,
        end: end - lineStart,
      });
      return context === 0
        ? match
        : { ...match, ...linesAround(text, { from: lineStart, to: lineEnd, context }) };
    });
  };
}

interface LinesOfMatch {
  from: number;
  /** -1 for the end of the text. */
  to: number;
  context: number;
}

function linesAround(
  text: string,
  { from, to, context }: LinesOfMatch,
): Pick<SearchMatch, 'before' | 'after'> {
  const before: string[] = [];
  for (let end = from; end > 0 && before.length < context; ) {
    const begin = text.lastIndexOf('\n', end - 2) + 1;
    before.unshift(shownLine(text.slice(begin, end)));
    end = begin;
  }
  const after: string[] = [];
  for (let begin = to + 1; to !== -1 && begin < text.length && after.length < context; ) {
    const feed = text.indexOf('\n', begin);
    const end = feed === -1 ? text.length : feed + 1;
    after.push(shownLine(text.slice(begin, end)));
    begin = end;
  }
  return { before, after };
}

/** Undefined when it is skipped. */
async function readSearchable(file: string, { skipped }: SearchRequest): Promise<Buffer | undefined> {
  try {
    const { size } = await stat(file);
    if (size <= MAX_FILE_BYTES) return await readWhole(file);
    skipped.add(file, `It is larger than ${MAX_FILE_BYTES} bytes.`);
  } catch (error) {
    skipped.addError(file, error);
  }
  return undefined;
}
