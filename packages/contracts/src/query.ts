const SOME_ORIGIN = 'http://podex.invalid';

/** A path with its query, written by the platform’s own URL: nothing in a value ends it or begins another. Undefined is left out. */
export function withQuery(
  path: string,
  parameters: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const url = new URL(path, SOME_ORIGIN);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return `${url.pathname}${url.search}`;
}
