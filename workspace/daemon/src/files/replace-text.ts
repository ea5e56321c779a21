import { PodexError } from '@podex/contracts/errors';

export interface TextEdit {
  path: string;
  old_text: string;
  new_text: string;
  replace_all: boolean;
}

export interface ReplacedText {
  content: Buffer;
  replacements: number;
}

/**
 * Replaces a passage in the bytes of a file. What is not replaced stays byte for byte, whatever its encoding. In a file whose lines all
 * end in CRLF, texts given with bare LF are taken to mean its line ends.
 *
 * @throws PodexError text_not_found, text_not_unique.
 */
export function replaceText(content: Buffer, edit: TextEdit): ReplacedText {
  const toFile = usesCrlf(content) ? toCrlf : (text: string) => text;
  const asGiven = Buffer.from(edit.old_text);
  const old = content.includes(asGiven) ? asGiven : Buffer.from(toFile(edit.old_text));
  const places = findAll(content, old);
  const { path } = edit;
  if (places.length === 0) {
    throw new PodexError('text_not_found', `The text to replace is not in ${path}.`, { path });
  }
  if (places.length > 1 && !edit.replace_all) {
    const message = `The text to replace is ${places.length} times in ${path}: give more of what stands around it.`;
    throw new PodexError('text_not_unique', message, { path, count: places.length });
  }
  const replacement = Buffer.from(toFile(edit.new_text));
  const parts: Buffer[] = [];
  let rest = 0;
  for (const place of places) {
    parts.push(content.subarray(rest, place), replacement);
    rest = place + old.length;
  }
  parts.push(content.subarray(rest));
  return { content: Buffer.concat(parts), replacements: places.length };
}

function findAll(content: Buffer, text: Buffer): number[] {
  const places: number[] = [];
  for (let at = content.indexOf(text); at !== -1; at = content.indexOf(text, at + text.length))
    places.push(at);
  return places;
}

function usesCrlf(content: Buffer): boolean {
  let at = content.indexOf(0x0a);
  if (at === -1) return false;
  for (; at !== -1; at = content.indexOf(0x0a, at + 1)) {
    if (content[at - 1] !== 0x0d) return false;
  }
  return true;
}

function toCrlf(text: string): string {
  return text.replace(/\r?\n/g, '\r\n');
}
