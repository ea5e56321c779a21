import { createHash } from 'node:crypto';
import type { GitChange, GitFileDiff, GitHunk } from '@podex/contracts/git';
import { GIT_LINE_CHARACTERS_MAX } from '@podex/contracts/git';
import { spellName } from '../files/file-names.ts';

const LINE_FEED = 0x0a;
const ID_CHARACTERS = 24;

export interface RawHunk {
  shown: GitHunk;
  oldStart: number;
  oldLines: number;
  newStart: number;
  newLines: number;
  /** What follows the numbers in its first line. */
  heading: Buffer;
  /** Its lines, with their ends. */
  body: Buffer;
}

/** A file’s difference as git wrote it, so that it can be given back. */
export interface RawFileDiff {
  shown: GitFileDiff;
  /** All before the first hunk. */
  header: Buffer;
  hunks: RawHunk[];
}

/** Reads `git diff` with the prefixes a/ and b/. A last file that was cut off is marked as such. */
export function parseDiff(output: Buffer, isCut: boolean): RawFileDiff[] {
  const sections = splitAt(output, /^diff --/);
  return sections
    .filter((section) => section.toString('latin1', 0, 7) === 'diff --')
    .map((section, index, all) => parseFile(section, isCut && index === all.length - 1));
}

/** Pieces that begin with a line of that form. Lines of a file’s content never begin with these: they have a sign in front. */
function splitAt(bytes: Buffer, first: RegExp): Buffer[] {
  const starts: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (first.test(bytes.toString('latin1', at, at + 12))) starts.push(at);
    const end = bytes.indexOf(LINE_FEED, at);
    at = end === -1 ? bytes.length : end + 1;
  }
  if (starts[0] !== 0) starts.unshift(0);
  return starts.map((start, index) => bytes.subarray(start, starts[index + 1] ?? bytes.length));
}

function parseFile(section: Buffer, isCut: boolean): RawFileDiff {
  const [header = Buffer.alloc(0), ...rest] = splitAt(section, /^@@ /);
  const names = namesIn(header);
  const parsed = rest.flatMap((bytes) => parseHunk(bytes, names.path) ?? []);
  const hunks = isCut ? parsed.slice(0, -1) : parsed;
  const text = header.toString('latin1');
  return {
    header,
    hunks,
    shown: {
      id: digest(section),
      ...names,
      change: changeIn(text),
      binary: /^(Binary files .* differ|GIT binary patch)$/m.test(text),
      hunks: hunks.map(({ shown }) => shown),
      truncated: isCut,
    },
  };
}

function changeIn(header: string): GitChange {
  if (/^new file mode /m.test(header)) return 'added';
  if (/^deleted file mode /m.test(header)) return 'deleted';
  if (/^rename to /m.test(header)) return 'renamed';
  if (/^copy to /m.test(header)) return 'copied';
  return 'modified';
}

function namesIn(header: Buffer): { path: string; old_path?: string } {
  const lines = new Map<string, Buffer>();
  for (let at = 0; at < header.length; ) {
    const found = header.indexOf(LINE_FEED, at);
    const end = found === -1 ? header.length : found;
    const line = header.subarray(at, end);
    const key =
      /^(rename from|rename to|copy from|copy to|---|\+\+\+|diff --git|diff --cc|diff --combined) /.exec(
        line.toString('latin1', 0, 20),
      )?.[1];
    if (key !== undefined && !lines.has(key)) lines.set(key, line.subarray(key.length + 1));
    at = end + 1;
  }
  const whole = (key: string) => nameOf(lines.get(key));
  const to = whole('rename to') ?? whole('copy to');
  const from = whole('rename from') ?? whole('copy from');
  if (to !== undefined && from !== undefined) return { path: to, old_path: from };
  const combined = whole('diff --cc') ?? whole('diff --combined');
  const sides = [lines.get('+++'), lines.get('---')].map((line) => withoutPrefix(nameOf(line)));
  return { path: combined ?? sides[0] ?? sides[1] ?? sameName(lines.get('diff --git')) };
}

/** `a/x b/x`: both sides are the same, where no other line names the file. */
function sameName(line: Buffer | undefined): string {
  if (line === undefined) return '';
  if (line[0] === 0x22) return withoutPrefix(nameOf(line.subarray(0, line.indexOf('" ') + 1))) ?? '';
  return withoutPrefix(spellName(line.subarray(0, (line.length - 1) / 2))) ?? '';
}

function withoutPrefix(name: string | undefined): string | undefined {
  return name === undefined || name === '/dev/null' ? undefined : name.slice(2);
}

const ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  '"': 34,
  '\\': 92,
};

/** A name as git writes it: quoted as in C where it holds control characters, with a tab behind it where it holds a space. */
function nameOf(line: Buffer | undefined): string | undefined {
  if (line === undefined) return undefined;
  const text = line.toString('latin1').replace(/\t$/, '');
  if (!text.startsWith('"')) return spellName(Buffer.from(text, 'latin1'));
  const inner = text
    .slice(1, -1)
    .replaceAll(/\\([0-7]{3}|.)/g, (_match, code: string) =>
      String.fromCharCode(ESCAPES[code] ?? Number.parseInt(code, 8)),
    );
  return spellName(Buffer.from(inner, 'latin1'));
}

const HUNK_START = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)$/s;

function parseHunk(bytes: Buffer, path: string): RawHunk | undefined {
  const end = bytes.indexOf(LINE_FEED);
  const first = bytes.subarray(0, end === -1 ? bytes.length : end);
  const [, oldStart, oldLines = '1', newStart, newLines = '1', heading = ''] =
    HUNK_START.exec(first.toString('latin1')) ?? [];
  if (oldStart === undefined || newStart === undefined) return undefined;
  const body = bytes.subarray(first.length + 1);
  const numbers = {
    oldStart: Number(oldStart),
    oldLines: Number(oldLines),
    newStart: Number(newStart),
    newLines: Number(newLines),
  };
  const headingBytes = Buffer.from(heading, 'latin1');
  return {
    ...numbers,
    heading: headingBytes,
    body,
    shown: {
      id: digest(Buffer.concat([Buffer.from(`${path}\0`), bytes])),
      old_start: numbers.oldStart,
      old_lines: numbers.oldLines,
      new_start: numbers.newStart,
      new_lines: numbers.newLines,
      heading: headingBytes.toString('utf8').trim(),
      lines: linesOf(body),
    },
  };
}

function linesOf(body: Buffer): string[] {
  const lines = body.toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) =>
    line.length > GIT_LINE_CHARACTERS_MAX ? `${line.slice(0, GIT_LINE_CHARACTERS_MAX)}…` : line,
  );
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, ID_CHARACTERS);
}
