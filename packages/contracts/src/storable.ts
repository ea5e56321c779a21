/**
 * PostgreSQL keeps neither NUL characters nor halves of surrogate pairs, and both occur: in what a program prints and where a
 * model’s text is cut into deltas. They become U+FFFD; a worker that keeps what it appended has it as api does.
 */
export function toText(value: string): string {
  return value.toWellFormed().replaceAll('\0', '\ufffd');
}

/** The text of a json or jsonb value. JSON.stringify writes NUL and lone surrogates as escapes, in keys too. */
export function toJson(value: unknown): string {
  return JSON.stringify(value).replace(/\\(u0000|ud[89a-f][0-9a-f]{2}|.)/g, (sequence, code: string) =>
    code.length > 1 ? '\ufffd' : sequence,
  );
}
