import { PodexError } from '@podex/contracts/errors';
import { fitLineEnds, type LineEnd, lineEndAround, lineEndsIn } from './line-ends.ts';

export interface TextEdit {
  path: string;
  old_text: string;
  new_text: string;
  replace_all: boolean;
}

export interface ReplaceLimits {
  maxBytes: number;
}

/** Where a passage was, in the bytes before and in the bytes after. */
export interface ReplacedPlace {
  before: { start: number; end: number };
  after: { start: number; end: number };
}

export interface ReplacedText {
  content: Buffer;
  /** In the order of the file; at least one. */
  places: ReplacedPlace[];
}

interface Span {
  start: number;
  end: number;
}

/**
 * Replaces a passage in the bytes of a file. What is not replaced stays byte for byte, whatever its encoding. Who edits seldom sees
 * whether a line ends in LF or CRLF: a line end in `old_text` matches both, and a bare LF in `new_text` becomes what the lines have at
 * that place. An edit that differs in line ends alone is taken as it was given.
 *
 * @throws PodexError text_not_found, text_not_unique, too_large.
 */
export function replaceText(content: Buffer, edit: TextEdit, { maxBytes }: ReplaceLimits): ReplacedText {
  const { path } = edit;
  const spans = findSpans(content, edit.old_text);
  if (spans.length === 0) {
    throw new PodexError('text_not_found', `The text to replace is not in ${path}.`, { path });
  }
  if (spans.length > 1 && !edit.replace_all) {
    const message = `The text to replace is ${spans.length} times in ${path}: give more of what stands around it.`;
    throw new PodexError('text_not_unique', message, { path, count: spans.length });
  }
  const parts: Buffer[] = [];
  const places: ReplacedPlace[] = [];
  let rest = 0;
  let size = 0;
  for (const span of spans) {
    const replacement = replacementAt(content, span, edit);
    parts.push(content.subarray(rest, span.start), replacement);
    size += span.start - rest;
    places.push({ before: span, after: { start: size, end: size + replacement.length } });
    size += replacement.length;
    rest = span.end;
    if (size > maxBytes) throw tooLarge(path, maxBytes);
  }
  parts.push(content.subarray(rest));
  if (size + content.length - rest > maxBytes) throw tooLarge(path, maxBytes);
  return { content: Buffer.concat(parts), places };
}

function tooLarge(path: string, maxBytes: number): PodexError {
  const message = `The edit would make ${path} larger than ${maxBytes} bytes. Use a command for it.`;
  return new PodexError('too_large', message, { max_bytes: maxBytes });
}

function replacementAt(content: Buffer, span: Span, edit: TextEdit): Buffer {
  const { old_text: oldText, new_text: newText } = edit;
  if (!newText.includes('\n') || withLf(oldText) === withLf(newText)) return Buffer.from(newText);
  const ends = lineEndsIn(content.subarray(span.start, span.end));
  const around: LineEnd = lineEndAround(content, span.end);
  return Buffer.from(fitLineEnds({ oldText: withLf(oldText), newText, ends, around }));
}

function withLf(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

/** With its own CR first, as the caller has seen them; then whatever the lines end in. */
function findSpans(content: Buffer, text: string): Span[] {
  const exact = Buffer.from(text);
  if (!text.includes('\n')) return findAll(content, exact);
  const spans = text.includes('\r') ? findAll(content, exact) : [];
  return spans.length > 0 ? spans : findWhateverLineEnds(content, Buffer.from(withLf(text)));
}

function findAll(content: Buffer, text: Buffer): Span[] {
  const spans: Span[] = [];
  for (let at = content.indexOf(text); at !== -1; at = content.indexOf(text, at + text.length)) {
    spans.push({ start: at, end: at + text.length });
  }
  return spans;
}

/** Searches the file as if every line ended in LF, and counts the bytes left out back in. */
function findWhateverLineEnds(content: Buffer, text: Buffer): Span[] {
  const { bytes, removed } = withoutCarriageReturns(content);
  if (removed.length === 0) return findAll(content, text);
  let passed = 0;
  const toOriginal = (at: number) => {
    while (passed < removed.length && (removed[passed] ?? at) < at) passed += 1;
    return at + passed;
  };
  return findAll(bytes, text).map(({ start, end }) => ({ start: toOriginal(start), end: toOriginal(end) }));
}

/** `removed`: where in `bytes` each line feed stands that lost its carriage return. */
function withoutCarriageReturns(content: Buffer): { bytes: Buffer; removed: number[] } {
  const parts: Buffer[] = [];
  const removed: number[] = [];
  let rest = 0;
  for (let at = content.indexOf('\r\n'); at !== -1; at = content.indexOf('\r\n', at + 2)) {
    parts.push(content.subarray(rest, at));
    removed.push(at - removed.length);
    rest = at + 1;
  }
  parts.push(content.subarray(rest));
  return { bytes: removed.length === 0 ? content : Buffer.concat(parts), removed };
}
