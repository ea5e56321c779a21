import { PodexError } from '@podex/contracts/errors';
import { SEARCH_FILE_BYTES_MAX } from '@podex/contracts/files';
import { ZodError } from 'zod';
import { MatchContext } from './match-context.ts';
import { readMatch, shownLine, toMatch } from './match-window.ts';
import { isMultiline, patternSource } from './patterns.ts';
import { readComplaints } from './ripgrep-complaints.ts';
import { type RipgrepMatch, readMessages } from './ripgrep-messages.ts';
import { RipgrepProcess } from './ripgrep-process.ts';
import type { SearchMatch, SearchOutcome, SearchRequest } from './search-request.ts';

/** Hidden files are the user’s too; git’s own folder is not. `.gitignore` counts outside repositories as well. */
const SHARED_ARGUMENTS = ['--no-config', '--no-ignore-messages', '--hidden', '--no-require-git'];

/** @throws PodexError invalid_request when ripgrep does not understand the pattern or glob; conflict when it is not ripgrep. */
export async function searchWithRipgrep(program: string, request: SearchRequest): Promise<SearchOutcome> {
  using ripgrep = new RipgrepProcess(program, contentArguments(request), request);
  const [{ count, isCut }, refusal] = await runToEnd(ripgrep, request, () => collect(ripgrep, request));
  if (refusal !== undefined && count === 0) throw notUnderstood(refusal);
  return { truncated: isCut };
}

/** Reads both outputs of ripgrep to their end. What it says when it is stopped for time is what it found. */
export async function runToEnd<Found>(
  ripgrep: RipgrepProcess,
  { signal, skipped }: SearchRequest,
  read: () => Promise<Found>,
): Promise<[Found, string | undefined]> {
  const complaints = readComplaints(ripgrep.stderr, skipped).catch((error: unknown) => {
    if (ripgrep.isStopped) return undefined;
    throw error;
  });
  try {
    const [found, refusal] = await Promise.all([read(), complaints, ripgrep.ended()]);
    signal.throwIfAborted();
    return [found, refusal];
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof SyntaxError || error instanceof ZodError ? notRipgrep(error) : error;
  }
}

/** Common to contents and names. */
export function ripgrepArguments({ globs, passedOver }: SearchRequest): string[] {
  // The last that matches decides.
  const all = [...globs, '!.git', ...passedOver.map((name) => `!/${name}`)];
  return [...SHARED_ARGUMENTS, ...all.flatMap((glob) => ['--glob', glob])];
}

function contentArguments(request: SearchRequest): string[] {
  const { path: place, isCaseSensitive, isWholeWord, context, limit } = request;
  return [
    ...ripgrepArguments(request),
    '--json',
    '--crlf',
    '--max-filesize',
    String(SEARCH_FILE_BYTES_MAX),
    '--max-count',
    String(limit),
    isCaseSensitive ? '--case-sensitive' : '--ignore-case',
    ...(isWholeWord ? ['--word-regexp'] : []),
    ...(context > 0 ? ['--context', String(context)] : []),
    ...patternArguments(request),
    '--',
    place,
  ];
}

function patternArguments(request: SearchRequest): string[] {
  if (isMultiline(request)) return ['--multiline', '--regexp', patternSource(request)];
  return [...(request.isRegex ? [] : ['--fixed-strings']), '--regexp', request.text];
}

async function collect(ripgrep: RipgrepProcess, request: SearchRequest) {
  let count = 0;
  try {
    for await (const match of foundLines(ripgrep, request)) {
      if (count === request.limit) {
        ripgrep.stop();
        return { count, isCut: true };
      }
      count += 1;
      await request.onMatch(match);
    }
  } catch (error) {
    if (!ripgrep.isStopped || !isCutOff(error)) throw error;
  }
  return { count, isCut: ripgrep.isStopped };
}

/** Of an output that was closed on this side. */
function isCutOff(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

async function* foundLines(ripgrep: RipgrepProcess, request: SearchRequest): AsyncGenerator<SearchMatch> {
  const around = new MatchContext(request.context);
  for await (const message of readMessages(ripgrep.stdout)) {
    if (message.type === 'context') yield* around.line(message.line, message.text);
    if (message.type === 'end') yield* around.end();
    if (message.type !== 'match') continue;
    const match = await matchOf(message, request);
    if (match !== undefined) yield* around.match(match, linesOf(message.bytes.toString('utf8')));
  }
  yield* around.end();
}

function linesOf(text: string): string[] {
  return text.replace(/\n$/, '').split('\n').map(shownLine);
}

async function matchOf(
  { path, line, bytes, start, end, lineOffset, isCut }: RipgrepMatch,
  { skipped }: SearchRequest,
): Promise<SearchMatch | undefined> {
  if (!isCut) {
    const charactersTo = (byte: number) => bytes.toString('utf8', 0, byte).length;
    const place = { start: charactersTo(start), end: charactersTo(end) };
    return toMatch({ path, line, text: bytes.toString('utf8'), ...place });
  }
  try {
    return await readMatch({ path, line, lineOffset, matchOffset: lineOffset + start });
  } catch (error) {
    skipped.addError(path, error);
    return undefined;
  }
}

function notUnderstood(complaint: string): PodexError {
  return new PodexError('invalid_request', `The search pattern is not valid: ${complaint}`, {});
}

function notRipgrep(cause: unknown): PodexError {
  const message =
    'The program rg of this workspace does not speak as ripgrep does. Install ripgrep, or remove the other program from the PATH.';
  return new PodexError('conflict', message, { reason: 'not_ripgrep' }, { cause });
}
