import type { ServerResponse } from 'node:http';

const POLL_EVERY_MS = 20;
const WAIT_MS = 25_000;

/** Tells computes when the list of servers of the double is not what it was when they asked, or what was listed last. */
export class ServerNews<Listing> {
  readonly #read: () => Listing;
  #listed = '';

  constructor(read: () => Listing) {
    this.#read = read;
  }

  list(): Listing {
    const listing = this.#read();
    this.#listed = JSON.stringify(listing);
    return listing;
  }

  async untilChanged(response: ServerResponse): Promise<{ changed: boolean }> {
    const before = JSON.stringify(this.#read());
    const endsAtMs = Date.now() + WAIT_MS;
    while (!response.destroyed && Date.now() < endsAtMs) {
      await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
      const now = JSON.stringify(this.#read());
      if (now !== before || now !== this.#listed) return { changed: true };
    }
    return { changed: false };
  }
}
