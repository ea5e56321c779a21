const MAX_CONTINUATION_BYTES = 3;

/**
 * Decodes the end of a byte stream. A character that the cut in front took apart is left out; so is one at the end when more bytes may
 * follow. Bytes that are not UTF-8 become U+FFFD.
 */
export function decodeTail(
  tail: Buffer,
  { isCutInFront, isOpenEnded }: { isCutInFront: boolean; isOpenEnded: boolean },
): string {
  const start = isCutInFront ? continuationBytes(tail) : 0;
  const end = isOpenEnded ? tail.length - unfinishedBytes(tail) : tail.length;
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(tail.subarray(start, Math.max(start, end)));
}

function continuationBytes(bytes: Buffer): number {
  let count = 0;
  while (count < Math.min(MAX_CONTINUATION_BYTES, bytes.length) && isContinuation(bytes[count])) count += 1;
  return count;
}

/** How many bytes at the end begin a character that is not complete. */
export function unfinishedBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(MAX_CONTINUATION_BYTES, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (isContinuation(byte)) continue;
    return characterLength(byte) > back ? back : 0;
  }
  return 0;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function characterLength(leadByte: number): number {
  if (leadByte >= 0xf0 && leadByte <= 0xf4) return 4;
  if (leadByte >= 0xe0) return leadByte < 0xf0 ? 3 : 1;
  return leadByte >= 0xc2 ? 2 : 1;
}
