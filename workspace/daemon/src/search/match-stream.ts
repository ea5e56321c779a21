import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import {
  SEARCH_STREAM_TYPE,
  type SearchEvent,
  type SearchMatch,
  type SearchResult,
} from '@podex/contracts/files';
import { toPodexError } from '../http/errors.ts';

/** A search as lines of JSON. A reader who is slow holds up the search, and nothing is gathered for it. */
export class MatchStream {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  /** Resolves when the next may come. */
  async match(match: SearchMatch): Promise<void> {
    if (this.#send({ type: 'match', match })) return;
    if (!this.#response.destroyed)
      await Promise.race([once(this.#response, 'drain'), once(this.#response, 'close')]);
  }

  /** Runs the search and tells how it ended. @throws what it threw before anything was sent. */
  async end(run: () => Promise<Omit<SearchResult, 'matches'>>, requestId: string): Promise<void> {
    try {
      this.#send({ type: 'end', ...(await run()) });
    } catch (error) {
      if (!this.#response.headersSent) throw error;
      this.#send({ type: 'error', ...toPodexError(error).toBody(requestId) });
    }
    this.#response.end();
  }

  #send(event: SearchEvent): boolean {
    if (!this.#response.headersSent) this.#response.writeHead(200, { 'content-type': SEARCH_STREAM_TYPE });
    return this.#response.write(`${JSON.stringify(event)}\n`);
  }
}
