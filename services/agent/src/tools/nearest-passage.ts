const MAX_LINES = 20_000;
const MAX_PASSAGE_LINES = 200;
const SHOWN_LINES = 20;
const SHOWN_CHARACTERS = 300;
const COMPARED_CHARACTERS = 200;
/** Of 1; below it lines have little to do with each other. */
const LIKENESS_MIN = 0.5;

/** In words for the model: the lines of a text that are most like a passage which is not in it, and where they differ first. */
export function nearestPassage(text: string, passage: string): string | undefined {
  const lines = text.split(/\r?\n/, MAX_LINES);
  const wanted = passage
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .slice(0, MAX_PASSAGE_LINES);
  const start = bestStart(lines, wanted);
  if (start === undefined) return undefined;
  const found = lines.slice(start, start + wanted.length);
  const place =
    found.length === 1 ? `line ${start + 1} is` : `lines ${start + 1} to ${start + found.length} are`;
  const shown = found.slice(0, SHOWN_LINES).map((line, index) => `${start + index + 1}\t${shortened(line)}`);
  const more = found.length > SHOWN_LINES ? ['…'] : [];
  return [`The most similar ${place}:`, ...shown, ...more, difference(found, wanted, start)].join('\n');
}

function difference(found: readonly string[], wanted: readonly string[], start: number): string {
  const index = wanted.findIndex((line, at) => line !== found[at]);
  // Equal line by line: the passage begins or ends within a line, or holds line ends that the file has not.
  if (index === -1) return 'The lines are equal; the line ends, or the text at either end, are not.';
  const there = found[index];
  const has = there === undefined ? 'ends before it' : `has ${JSON.stringify(shortened(there))}`;
  return `At line ${start + index + 1} the file ${has}, and old_text has ${JSON.stringify(shortened(wanted[index] ?? ''))}.`;
}

/** Of the window with the most lines that are equal but for spaces; without one, of the line most like the longest one wanted. */
function bestStart(lines: readonly string[], wanted: readonly string[]): number | undefined {
  const bare = lines.map(withoutSpaces);
  const bareWanted = wanted.map(withoutSpaces);
  const [best] = [...equalLines(bare, bareWanted)].sort(
    ([start, equal], [other, others]) => others - equal || start - other,
  );
  return best?.[0] ?? mostSimilar(bare, bareWanted);
}

/** How many lines are equal, by where the window begins. */
function equalLines(lines: readonly string[], wanted: readonly string[]): Map<number, number> {
  const places = Map.groupBy(lines.keys(), (index) => lines[index] ?? '');
  const counts = new Map<number, number>();
  for (const [offset, line] of wanted.entries()) {
    const starts = line === '' ? [] : (places.get(line) ?? []).map((index) => index - offset);
    for (const start of starts) if (start >= 0) counts.set(start, (counts.get(start) ?? 0) + 1);
  }
  return counts;
}

function mostSimilar(lines: readonly string[], wanted: readonly string[]): number | undefined {
  const longest = wanted.reduce((one, other) => (other.length > one.length ? other : one), '');
  const offset = wanted.indexOf(longest);
  const pairs = pairsOf(longest);
  let best: { start: number; likeness: number } | undefined;
  for (const [index, line] of lines.entries()) {
    const likeness = likenessOf(pairs, pairsOf(line));
    const isBetter = likeness >= LIKENESS_MIN && likeness > (best?.likeness ?? 0);
    if (isBetter && index >= offset) best = { start: index - offset, likeness };
  }
  return best?.start;
}

function withoutSpaces(line: string): string {
  return line.replaceAll(/\s+/g, '');
}

function pairsOf(line: string): Set<string> {
  const pairs = new Set<string>();
  const compared = Math.min(line.length, COMPARED_CHARACTERS);
  for (let at = 0; at + 1 < compared; at += 1) pairs.add(line.slice(at, at + 2));
  return pairs;
}

/** Dice’s coefficient. */
function likenessOf(one: Set<string>, other: Set<string>): number {
  if (one.size === 0 || other.size === 0) return 0;
  let shared = 0;
  for (const pair of one) if (other.has(pair)) shared += 1;
  return (2 * shared) / (one.size + other.size);
}

function shortened(line: string): string {
  return line.length <= SHOWN_CHARACTERS ? line : `${line.slice(0, SHOWN_CHARACTERS)}…`;
}
