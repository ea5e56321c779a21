import { constants, deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** How an object is stored. */
export const CODECS = { plain: 0, deflate: 1, zstd: 2 } as const;
export type Codec = (typeof CODECS)[keyof typeof CODECS];

/** Below, starting zstd costs more than it gains. */
const ZSTD_BYTES_MIN = 65_536;
const DEFLATE_BYTES_MIN = 128;
const DEFLATE_LEVEL = 1;
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export interface Encoded {
  codec: Codec;
  bytes: Buffer;
}

/** As small as it gets without anybody waiting for it. */
export function encode(content: Buffer): Encoded {
  if (content.length < DEFLATE_BYTES_MIN) return { codec: CODECS.plain, bytes: content };
  const isLarge = content.length >= ZSTD_BYTES_MIN;
  const bytes = isLarge ? zstdCompressSync(content, ZSTD) : deflateRawSync(content, { level: DEFLATE_LEVEL });
  if (bytes.length >= content.length) return { codec: CODECS.plain, bytes: content };
  return { codec: isLarge ? CODECS.zstd : CODECS.deflate, bytes };
}

/** @throws for bytes that are damaged, or are more than `maxBytes` when they are whole. */
export function decode({ codec, bytes }: { codec: number; bytes: Buffer }, maxBytes: number): Buffer {
  const options = { maxOutputLength: Math.max(1, maxBytes) };
  switch (codec) {
    case CODECS.plain:
      return bytes;
    case CODECS.deflate:
      return inflateRawSync(bytes, options);
    case CODECS.zstd:
      return zstdDecompressSync(bytes, options);
    default:
      throw new Error(`Nothing is stored with the codec ${codec}.`);
  }
}
