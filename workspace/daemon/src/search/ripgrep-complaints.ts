import type { Readable } from 'node:stream';
import { spellName } from '../files/file-names.ts';
import { readLines } from './line-reader.ts';
import type { SkippedPlaces } from './skipped-places.ts';

const LINE_FEED = 0x0a;
const MAX_LINE_BYTES = 16_384;
const MAX_REFUSAL_CHARACTERS = 500;
/** `d/x: Permission denied (os error 13)`; since ripgrep 14 with `rg: ` in front. */
const OF_THE_SYSTEM = /^(?:rg: )?(.+?): (?:IO error for operation on .+?: )?([^:]+) \(os error (\d+)\)$/;

/**
 * What ripgrep writes to its error output: each place that the system refused becomes a skipped one. Returns what else it said when
 * that was all, because then it refused the pattern and searched nothing.
 */
export async function readComplaints(stderr: Readable, skipped: SkippedPlaces): Promise<string | undefined> {
  let refusal = '';
  let hasSearched = false;
  for await (const bytes of readLines(stderr, { separator: LINE_FEED, maxLineBytes: MAX_LINE_BYTES })) {
    const line = bytes.toString('latin1');
    const [, place, said = '', errno] = OF_THE_SYSTEM.exec(line) ?? [];
    if (place !== undefined) {
      hasSearched = true;
      skipped.addRefused(spellName(Buffer.from(place, 'latin1')), Number(errno), said);
    } else if (refusal.length < MAX_REFUSAL_CHARACTERS) {
      refusal += `${bytes.toString('utf8')}\n`;
    }
  }
  const said = refusal.replace(/^rg: /, '').slice(0, MAX_REFUSAL_CHARACTERS).trim();
  return hasSearched || said === '' ? undefined : said;
}
