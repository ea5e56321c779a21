/** One entry of a tar archive (POSIX.1-2024, pax): its header blocks. */
export interface TarEntry {
  /** Bytes as the disk has them; a folder’s ends in a slash. */
  name: Buffer;
  type: 'file' | 'folder' | 'link';
  mode: number;
  /** Of what follows the header. */
  size: number;
  modifiedAt: Date;
  /** Where a link leads. */
  linkTarget?: Buffer;
}

export const TAR_BLOCK_BYTES = 512;
/** Two empty blocks. */
export const TAR_END = Buffer.alloc(2 * TAR_BLOCK_BYTES);

const NAME_BYTES = 100;
/** Eleven octal digits. */
const SIZE_MAX = 0o77777777777;
const TYPES = { file: '0', folder: '5', link: '2', extended: 'x' } as const;

/** What brings the content of an entry to whole blocks. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((TAR_BLOCK_BYTES - (size % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES);
}

/** The header, and before it a longer one for what does not fit. */
export function tarHeader(entry: TarEntry): Buffer {
  const records: Buffer[] = [];
  if (entry.name.length > NAME_BYTES) records.push(paxRecord('path', entry.name));
  const { linkTarget = Buffer.alloc(0) } = entry;
  if (linkTarget.length > NAME_BYTES) records.push(paxRecord('linkpath', linkTarget));
  if (entry.size > SIZE_MAX) records.push(paxRecord('size', Buffer.from(String(entry.size))));
  const own = block({ ...entry, type: TYPES[entry.type], linkTarget });
  if (records.length === 0) return own;
  const content = Buffer.concat(records);
  const extended = block({
    ...entry,
    type: TYPES.extended,
    size: content.length,
    linkTarget: Buffer.alloc(0),
  });
  return Buffer.concat([extended, content, tarPadding(content.length), own]);
}

/** Its own length stands at its beginning, in as many digits as that takes. */
function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

interface Fields extends Omit<TarEntry, 'type' | 'linkTarget'> {
  type: (typeof TYPES)[keyof typeof TYPES];
  linkTarget: Buffer;
}

function block({ name, type, mode, size, modifiedAt, linkTarget }: Fields): Buffer {
  const bytes = Buffer.alloc(TAR_BLOCK_BYTES);
  name.copy(bytes, 0, 0, NAME_BYTES);
  writeOctal(bytes, mode & 0o7777, { at: 100, digits: 7 });
  writeOctal(bytes, 0, { at: 108, digits: 7 });
  writeOctal(bytes, 0, { at: 116, digits: 7 });
  writeOctal(bytes, Math.min(size, SIZE_MAX), { at: 124, digits: 11 });
  const seconds = Math.floor(modifiedAt.getTime() / 1000);
  writeOctal(bytes, Math.min(Math.max(seconds, 0), SIZE_MAX), { at: 136, digits: 11 });
  bytes.write('        ', 148, 'latin1');
  bytes.write(type, 156, 'latin1');
  linkTarget.copy(bytes, 157, 0, NAME_BYTES);
  bytes.write('ustar\x0000', 257, 'latin1');
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  writeOctal(bytes, sum, { at: 148, digits: 6 });
  bytes[154] = 0;
  return bytes;
}

function writeOctal(bytes: Buffer, value: number, { at, digits }: { at: number; digits: number }): void {
  bytes.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
}
