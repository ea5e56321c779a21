/** What files of a kind begin with, each byte a character. */
const BEGINNINGS: readonly [string, string][] = [
  ['\x89PNG\r\n\x1a\n', 'a PNG image'],
  ['\xff\xd8\xff', 'a JPEG image'],
  ['GIF8', 'a GIF image'],
  ['%PDF-', 'a PDF document'],
  ['PK\x03\x04', 'a ZIP archive'],
  ['\x1f\x8b', 'gzip data'],
  ['\x7fELF', 'an ELF program or library'],
  ['SQLite format 3\0', 'an SQLite database'],
  ['\xff\xfe', 'text in UTF-16'],
  ['\xfe\xff', 'text in UTF-16'],
];

/** The kind of a file that is not UTF-8 text, by how it begins. */
export function binaryType(bytes: Buffer): string {
  const beginning = bytes.toString('latin1', 0, 16);
  if (beginning.startsWith('RIFF') && beginning.slice(8, 12) === 'WEBP') return 'a WebP image';
  const [, type] = BEGINNINGS.find(([start]) => beginning.startsWith(start)) ?? [];
  return type ?? (bytes.includes(0) ? 'binary data' : 'text in another encoding than UTF-8');
}
