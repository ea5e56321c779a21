export type DiffLine =
  | { kind: 'same'; text: string; before: number; after: number }
  | { kind: 'removed'; text: string; before: number }
  | { kind: 'added'; text: string; after: number }
  /** Unchanged lines that are left out. */
  | { kind: 'gap'; lines: number };

const CONTEXT_LINES = 3;
/** Beyond this many comparisons the changed passage is shown as removed and added as a whole. */
const MAX_CELLS = 1_000_000;

/** A compact line diff: changes with three lines around them. Line numbers count from 1. */
export function diffLines(before: string, after: string): DiffLine[] {
  const old = splitLines(before);
  const now = splitLines(after);
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let tail = 0;
  while (tail < old.length - start && tail < now.length - start && old.at(-1 - tail) === now.at(-1 - tail))
    tail += 1;

  const lines: DiffLine[] = old.slice(0, start).map((text, index) => same(text, index, index));
  lines.push(...diffMiddle(old.slice(start, old.length - tail), now.slice(start, now.length - tail), start));
  for (let index = tail; index > 0; index -= 1) {
    lines.push(same(old.at(-index) ?? '', old.length - index, now.length - index));
  }
  return foldUnchanged(lines);
}

export interface DiffCount {
  added: number;
  removed: number;
}

export function countChanges(lines: readonly DiffLine[]): DiffCount {
  return {
    added: lines.filter(({ kind }) => kind === 'added').length,
    removed: lines.filter(({ kind }) => kind === 'removed').length,
  };
}

/** A last line break ends the last line and begins none. */
function splitLines(text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function same(text: string, before: number, after: number): DiffLine {
  return { kind: 'same', text, before: before + 1, after: after + 1 };
}

function diffMiddle(old: readonly string[], now: readonly string[], offset: number): DiffLine[] {
  const lengths = old.length * now.length > MAX_CELLS ? undefined : commonLengths(old, now);
  const lines: DiffLine[] = [];
  let left = 0;
  let right = 0;
  while (left < old.length || right < now.length) {
    const oldText = old[left];
    const newText = now[right];
    if (lengths !== undefined && oldText !== undefined && oldText === newText) {
      lines.push(same(oldText, offset + left, offset + right));
      left += 1;
      right += 1;
    } else if (
      oldText !== undefined &&
      (lengths === undefined || newText === undefined || isOldFirst(lengths, left, right))
    ) {
      lines.push({ kind: 'removed', text: oldText, before: offset + left + 1 });
      left += 1;
    } else {
      lines.push({ kind: 'added', text: newText ?? '', after: offset + right + 1 });
      right += 1;
    }
  }
  return lines;
}

/** `lengths[i][j]`: how many lines `old` from i and `now` from j have in common, in order. */
function commonLengths(old: readonly string[], now: readonly string[]): Uint32Array[] {
  const rows = Array.from({ length: old.length + 1 }, () => new Uint32Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    const row = rows[i] ?? new Uint32Array();
    const next = rows[i + 1] ?? new Uint32Array();
    for (let j = now.length - 1; j >= 0; j -= 1) {
      row[j] = old[i] === now[j] ? (next[j + 1] ?? 0) + 1 : Math.max(next[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return rows;
}

function isOldFirst(lengths: readonly Uint32Array[], left: number, right: number): boolean {
  return (lengths[left + 1]?.[right] ?? 0) >= (lengths[left]?.[right + 1] ?? 0);
}

function foldUnchanged(lines: readonly DiffLine[]): DiffLine[] {
  const isNear = lines.map(() => false);
  for (const [index, line] of lines.entries()) {
    if (line.kind === 'same') continue;
    isNear.fill(true, Math.max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1);
  }
  const folded: DiffLine[] = [];
  for (const [index, line] of lines.entries()) {
    const last = folded.at(-1);
    if (isNear[index] === true) folded.push(line);
    else if (last?.kind === 'gap') folded[folded.length - 1] = { kind: 'gap', lines: last.lines + 1 };
    else folded.push({ kind: 'gap', lines: 1 });
  }
  return folded;
}
