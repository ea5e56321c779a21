const MIN_KEPT_CHARACTERS = 500;

/**
 * A tool’s input as it is shown: long texts in it are cut until all of it fits `maxCharacters`. What runs is the whole input.
 */
export function shortenInput(input: Record<string, unknown>, maxCharacters: number): Record<string, unknown> {
  let shortened = input;
  for (
    let kept = maxCharacters;
    JSON.stringify(shortened).length > maxCharacters;
    kept = Math.floor(kept / 2)
  ) {
    if (kept < MIN_KEPT_CHARACTERS)
      return { shortened: `${JSON.stringify(input).slice(0, maxCharacters / 2)}…` };
    shortened = Object.fromEntries(Object.entries(input).map(([name, value]) => [name, cut(value, kept)]));
  }
  return shortened;
}

function cut(value: unknown, kept: number): unknown {
  if (typeof value !== 'string' || value.length <= kept) return value;
  return `${value.slice(0, kept)}… [${value.length - kept} more characters]`;
}
