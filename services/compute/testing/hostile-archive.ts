const BLOCK_BYTES = 512;

/** One member of a tar archive, as the header has it: no path is looked at. */
interface ArchiveEntry {
  name: string;
  /** 0 file, 1 hard link, 2 link, 3 character device, 4 block device, 5 folder. */
  type?: '0' | '1' | '2' | '3' | '4' | '5';
  content?: string;
  link?: string;
  device?: readonly [major: number, minor: number];
  /** As the header says; what follows may be another. */
  size?: number;
}

/** @param isOpen ends after the last header, so that whatever follows is taken for content. */
export function tarOf(entries: readonly ArchiveEntry[], { isOpen = false } = {}): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = Buffer.from(entry.content ?? '');
    const padding = Buffer.alloc((BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES);
    return [header(entry, entry.size ?? content.length), content, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(isOpen ? 0 : BLOCK_BYTES * 2)]);
}

/** POSIX ustar. */
function header({ name, type = '0', link = '', device = [0, 0] }: ArchiveEntry, size: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, offset: number, length: number) =>
    block.write(value.toString(8).padStart(length - 1, '0'), offset, 'latin1');
  block.write(name, 0);
  octal(type === '5' ? 0o755 : 0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.fill(' ', 148, 156);
  block.write(type, 156);
  block.write(link, 157);
  block.write('ustar\u000000', 257, 'latin1');
  octal(device[0], 329, 8);
  octal(device[1], 337, 8);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
