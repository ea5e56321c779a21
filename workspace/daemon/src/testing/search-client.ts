import { createInterface } from 'node:readline';
import { SEARCH_STREAM_TYPE, type SearchEvent, searchEvent } from '@podex/contracts/files';
import { query, type UnixClient } from './unix-client.ts';

export type SearchParameters = Record<string, string | number>;

/** A search as a stream; the one who stops reading breaks it off. @throws what the daemon refused it with. */
export async function* streamSearch(
  client: UnixClient,
  parameters: SearchParameters,
): AsyncGenerator<SearchEvent> {
  const headers = { accept: SEARCH_STREAM_TYPE };
  const response = await client.open('GET', `/search?${query(parameters)}`, { headers });
  try {
    if (response.headers['content-type'] !== SEARCH_STREAM_TYPE)
      throw new Error(`HTTP ${response.statusCode}`);
    for await (const line of createInterface({ input: response })) yield searchEvent.parse(JSON.parse(line));
  } finally {
    response.destroy();
  }
}

/** All that a search says. @throws what the daemon refused it with. */
export async function readSearch(client: UnixClient, parameters: SearchParameters): Promise<SearchEvent[]> {
  const events: SearchEvent[] = [];
  for await (const event of streamSearch(client, parameters)) events.push(event);
  return events;
}
