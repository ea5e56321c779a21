import type { Readable } from 'node:stream';

export interface LineReaderOptions {
  separator: number;
  /** A longer line is passed over. */
  maxLineBytes: number;
}

/** The pieces of a byte stream between separators. Holds at most one line in memory. */
export async function* readLines(source: Readable, options: LineReaderOptions): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let bytes = 0;
  const take = (): Buffer | undefined => {
    const isLong = bytes > options.maxLineBytes;
    const line = isLong ? undefined : Buffer.concat(parts);
    parts = [];
    bytes = 0;
    return line;
  };
  for await (const chunk of source) {
    let rest: Buffer = chunk;
    for (let at = rest.indexOf(options.separator); at !== -1; at = rest.indexOf(options.separator)) {
      if (bytes <= options.maxLineBytes) parts.push(rest.subarray(0, at));
      bytes += at;
      const line = take();
      if (line !== undefined) yield line;
      rest = rest.subarray(at + 1);
    }
    if (bytes <= options.maxLineBytes && rest.length > 0) parts.push(rest);
    bytes += rest.length;
  }
  if (bytes === 0) return;
  const line = take();
  if (line !== undefined) yield line;
}
