/** A part of a replacement: text, or what a group of the pattern has matched. */
export type ReplacementPart = string | { group: string } | { name: string };

const REFERENCE = /\$(\$|&|\d{1,2}|<[^>]*>)|\\([\\nt])/g;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\\': '\\' };

/** Reads what replaces the matches of a regular expression. What is no reference stays as it is. */
export function parseReplacement(text: string): ReplacementPart[] {
  const parts: ReplacementPart[] = [];
  let rest = 0;
  for (const match of text.matchAll(REFERENCE)) {
    const [whole, reference, escaped] = match;
    parts.push(
      text.slice(rest, match.index),
      escaped === undefined ? partOf(reference) : (ESCAPES[escaped] ?? ''),
    );
    rest = match.index + whole.length;
  }
  parts.push(text.slice(rest));
  return parts.filter((part) => part !== '');
}

function partOf(reference = ''): ReplacementPart {
  if (reference === '$') return '$';
  if (reference === '&') return { group: '0' };
  return reference.startsWith('<') ? { name: reference.slice(1, -1) } : { group: reference };
}
