import type { z } from 'zod';

/** @throws Error unless the response is a success and what the schema says. */
export async function fetchJson<Schema extends z.ZodType>(
  url: string,
  schema: Schema,
  request: RequestInit,
): Promise<z.output<Schema>> {
  const response = await fetch(url, request);
  if (!response.ok) throw new Error(`${new URL(url).host} responded with status ${response.status}`);
  return schema.parse(await response.json());
}
