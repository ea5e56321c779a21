import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import type { SearchResult } from '@podex/contracts/files';
import { z } from 'zod';
import { readLines } from './line-reader.ts';
import { nameMatcher } from './patterns.ts';
import { type SearchMatch, type SearchRequest, toMatch } from './search-request.ts';

const MAX_LINE_BYTES = 1_048_576;
const MAX_MESSAGE_LENGTH = 500;
const LINE_FEED = 0x0a;
const NUL = 0x00;
/** Hidden files are the user’s too; git’s own folder is not. `.gitignore` counts outside repositories as well. */
const SHARED_ARGUMENTS = ['--no-config', '--no-messages', '--hidden', '--no-require-git'];

const textOrBytes = z.object({ text: z.string().optional(), bytes: z.string().optional() });
/** One line of `rg --json`: https://docs.rs/grep-printer/latest/grep_printer/struct.JSON.html */
const ripgrepMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('match'),
    data: z.object({
      path: textOrBytes,
      lines: textOrBytes,
      line_number: z.number().nullable(),
      submatches: z.array(z.object({ start: z.number() })),
    }),
  }),
  z.object({ type: z.enum(['begin', 'end', 'context', 'summary']) }),
]);

/** @throws PodexError invalid_request when ripgrep does not understand the pattern or glob. */
export async function searchWithRipgrep(program: string, request: SearchRequest): Promise<SearchResult> {
  const child = spawn(program, ripgrepArguments(request), {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Globs with a slash are read from here on.
    cwd: request.folder,
  });
  const stop = () => child.kill('SIGKILL');
  const timer = setTimeout(stop, request.timeoutMs);
  request.signal.addEventListener('abort', stop);
  try {
    const [{ matches, isCut }, complaint, [code, signal]] = await Promise.all([
      collect(child, request),
      readComplaint(child.stderr),
      once(child, 'close'),
    ]);
    request.signal.throwIfAborted();
    // Of what may not be read it says nothing.
    if (code === 2 && complaint !== '' && matches.length === 0) throw notUnderstood(complaint);
    return { matches, truncated: isCut || signal !== null };
  } finally {
    clearTimeout(timer);
    request.signal.removeEventListener('abort', stop);
    stop();
  }
}

function ripgrepArguments({
  text,
  path: place,
  mode,
  isRegex,
  isCaseSensitive,
  glob,
  passedOver,
  limit,
}: SearchRequest): string[] {
  const globs = [...(glob === undefined ? [] : ['--glob', glob]), '--glob', '!.git'];
  // The last that matches decides.
  for (const name of passedOver) globs.push('--glob', `!/${name}`);
  if (mode === 'name') return [...SHARED_ARGUMENTS, ...globs, '--files', '--null', '--', place];
  return [
    ...SHARED_ARGUMENTS,
    ...globs,
    '--json',
    '--max-filesize',
    '20M',
    '--max-count',
    String(limit),
    isCaseSensitive ? '--case-sensitive' : '--ignore-case',
    ...(isRegex ? [] : ['--fixed-strings']),
    '--regexp',
    text,
    '--',
    place,
  ];
}

type RipgrepProcess = ChildProcessByStdio<null, Readable, Readable>;

async function collect(
  child: RipgrepProcess,
  request: SearchRequest,
): Promise<{ matches: SearchMatch[]; isCut: boolean }> {
  const matches: SearchMatch[] = [];
  let isCut = false;
  const separator = request.mode === 'name' ? NUL : LINE_FEED;
  const toResult = request.mode === 'name' ? nameReader(request) : readMatch;
  const onLongLine = () => {
    isCut = true;
  };
  for await (const line of readLines(child.stdout, { separator, maxLineBytes: MAX_LINE_BYTES, onLongLine })) {
    const match = toResult(line);
    if (match === undefined) continue;
    if (matches.length === request.limit) {
      child.kill('SIGKILL');
      return { matches, isCut: true };
    }
    matches.push(match);
  }
  return { matches, isCut };
}

function nameReader(request: SearchRequest): (file: string) => SearchMatch | undefined {
  const isWanted = nameMatcher(request);
  return (file) => (isWanted(path.relative(request.path, file)) ? { path: file } : undefined);
}

function readMatch(line: string): SearchMatch | undefined {
  const message = ripgrepMessage.parse(JSON.parse(line));
  if (message.type !== 'match') return undefined;
  const { path: file, lines, line_number: lineNumber, submatches } = message.data;
  if (file.text === undefined) return undefined;
  const bytes = lines.text === undefined ? Buffer.from(lines.bytes ?? '', 'base64') : Buffer.from(lines.text);
  const column = bytes.toString('utf8', 0, submatches[0]?.start ?? 0).length + 1;
  return toMatch(file.text, lineNumber ?? 1, column, bytes.toString('utf8'));
}

async function readComplaint(stderr: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stderr) {
    if (text.length < MAX_MESSAGE_LENGTH) text += String(chunk);
  }
  return text.slice(0, MAX_MESSAGE_LENGTH).trim();
}

function notUnderstood(complaint: string): PodexError {
  return new PodexError('invalid_request', `The search pattern is not valid: ${complaint}`, {});
}
