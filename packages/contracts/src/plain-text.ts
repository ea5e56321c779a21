const CANCEL = '\u0018';
const SUBSTITUTE = '\u001a';
const ESCAPE = '\u001b';
const BELL = '\u0007';
const STRING_TERMINATOR = '\u009c';

/** By what a string sequence begins, behind ESC and as one character: what programs send to the terminal and nobody reads. */
const STRING_OPENERS = new Set(['P', 'X', '^', '_', '\u0090', '\u0098', '\u009e', '\u009f']);
const COMMAND_OPENERS = new Set([']', '\u009d']);
const CONTROL_SEQUENCE_OPENERS = new Set(['[', '\u009b']);

/**
 * Output of programs as it is read without a terminal: escape sequences and control characters of ECMA-48 are left out, and of a line
 * that was drawn over only what stood there last remains. A sequence that never ends takes no text with it.
 */
export function plainText(output: string): string {
  return drawnOver(withoutSequences(output));
}

/** The text, with line feeds, tabs, carriage returns and backspaces as its only control characters. */
function withoutSequences(output: string): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < output.length; ) {
    if (isPlain(output.charCodeAt(at))) {
      at += 1;
      continue;
    }
    parts.push(output.slice(from, at));
    at = skipControl(output, at);
    from = at;
  }
  parts.push(output.slice(from));
  return parts.join('');
}

function isPlain(code: number): boolean {
  if (code >= 0x20) return code < 0x7f || code > 0x9f;
  return code >= 0x08 && code <= 0x0d && code !== 0x0b && code !== 0x0c;
}

/** Behind the control character at this place, or the sequence that it begins. */
function skipControl(output: string, at: number): number {
  const character = output[at] ?? '';
  if (character === ESCAPE) return skipEscape(output, at + 1);
  return skipOpened(character, output, at + 1);
}

/** What stands behind ESC: intermediates and one last character, or the beginning of a longer sequence. */
function skipEscape(output: string, place: number): number {
  const opener = output[place] ?? '';
  const opened = skipOpened(opener, output, place + 1);
  if (opened !== place + 1) return opened;
  const at = skipRange(output, place, 0x20, 0x2f);
  return isInRange(output, at, 0x30, 0x7e) ? at + 1 : at;
}

/** Behind a sequence with this opener; `at` when it opens none. */
function skipOpened(opener: string, output: string, at: number): number {
  if (CONTROL_SEQUENCE_OPENERS.has(opener)) return skipControlSequence(output, at);
  if (COMMAND_OPENERS.has(opener)) return skipString(output, at, BREAKS_COMMAND);
  if (STRING_OPENERS.has(opener)) return skipString(output, at, BREAKS_STRING);
  return at;
}

/** Parameters, intermediates, one last character. What cannot belong to it ends it, and is read on its own. */
function skipControlSequence(output: string, from: number): number {
  const at = skipRange(output, skipRange(output, from, 0x30, 0x3f), 0x20, 0x2f);
  return isInRange(output, at, 0x40, 0x7e) ? at + 1 : at;
}

const TERMINATORS = new Set([BELL, CANCEL, SUBSTITUTE, STRING_TERMINATOR]);
/** A title or a link is one line. */
const BREAKS_COMMAND = new Set(['\n']);
const BREAKS_STRING: ReadonlySet<string> = new Set();

/** Behind the terminator; the beginning again when there is none, so that what follows is text. */
function skipString(output: string, from: number, breaks: ReadonlySet<string>): number {
  for (let at = from; at < output.length; at += 1) {
    const character = output[at] ?? '';
    if (character === ESCAPE) return output[at + 1] === '\\' ? at + 2 : at;
    if (TERMINATORS.has(character)) return at + 1;
    // Another sequence; going on would make many that never end cost the square of their number.
    if (isInRange(output, at, 0x80, 0x9f) || breaks.has(character)) return at;
  }
  return from;
}

function skipRange(output: string, from: number, first: number, last: number): number {
  let at = from;
  while (isInRange(output, at, first, last)) at += 1;
  return at;
}

function isInRange(output: string, at: number, first: number, last: number): boolean {
  const code = output.charCodeAt(at);
  return code >= first && code <= last;
}

function drawnOver(text: string): string {
  return text.split('\n').map(lastDrawing).join('\n');
}

function lastDrawing(line: string): string {
  const end = line.length - trailing(line);
  const drawing = line.slice(line.lastIndexOf('\r', end - 1) + 1, end);
  return drawing.includes('\b') ? withoutErased(drawing) : drawing;
}

function trailing(line: string): number {
  let count = 0;
  while (count < line.length && line[line.length - 1 - count] === '\r') count += 1;
  return count;
}

/** As a spinner, or a manual page that prints a letter twice to make it bold. */
function withoutErased(drawing: string): string {
  const kept: string[] = [];
  for (const character of drawing) {
    if (character === '\b') kept.pop();
    else kept.push(character);
  }
  return kept.join('');
}
