import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** The engine’s streams of JSON, one value a line. Throws when the stream is cut; the caller destroys it. */
export async function* readJsonLines(stream: Readable): AsyncGenerator<unknown> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const lines = `${rest}${decoder.write(chunk)}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line);
  }
  if (rest.trim() !== '') yield JSON.parse(rest);
}
