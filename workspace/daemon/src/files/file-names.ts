import { isUtf8 } from 'node:buffer';
import { ESCAPED_BYTE_BASE, hasEscapedBytes } from '@podex/contracts/file-names';

const CHARACTER_BYTES_MAX = 4;

/** A path of the contract as the disk spells it: text where it is UTF-8, or else bytes. */
export function diskPath(path: string): string | Buffer {
  return hasEscapedBytes(path) ? Buffer.concat(Array.from(path, bytesOf)) : path;
}

function bytesOf(character: string): Buffer {
  return hasEscapedBytes(character)
    ? Buffer.of((character.codePointAt(0) ?? 0) - ESCAPED_BYTE_BASE)
    : Buffer.from(character);
}

/** A name, path or link’s target from the disk as the contract spells it. */
export function spellName(bytes: Buffer): string {
  if (isUtf8(bytes)) {
    const text = bytes.toString('utf8');
    if (!hasEscapedBytes(text)) return text;
  }
  let spelled = '';
  for (let at = 0; at < bytes.length; ) {
    const character = characterAt(bytes, at);
    spelled += character ?? String.fromCodePoint(ESCAPED_BYTE_BASE + (bytes[at] ?? 0));
    at += character === undefined ? 1 : Buffer.byteLength(character);
  }
  return spelled;
}

/** The UTF-8 character that begins there; undefined where there is none, or it is one that only stands for a byte. */
function characterAt(bytes: Buffer, at: number): string | undefined {
  for (let length = 1; length <= CHARACTER_BYTES_MAX; length += 1) {
    const slice = bytes.subarray(at, at + length);
    if (!isUtf8(slice)) continue;
    const character = slice.toString('utf8');
    return hasEscapedBytes(character) ? undefined : character;
  }
  return undefined;
}

/** The one spelling of a path that a client gave: bytes that it escaped for no reason are text again. */
export function canonicalPath(path: string): string {
  const onDisk = diskPath(path);
  return typeof onDisk === 'string' ? onDisk : spellName(onDisk);
}
