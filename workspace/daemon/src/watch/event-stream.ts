import type { ServerResponse } from 'node:http';
import type { WatchEvent } from '@podex/contracts/file-events';

/** Of what waits for a slow reader; more is dropped, and an `overflow` told in its place. */
const QUEUE_BYTES_MAX = 1_048_576;
/** Proxies end connections on which nothing comes for a minute. */
const ALIVE_EVERY_MS = 30_000;

/** Server-sent events to one reader. What it does not take in time is dropped, and it is told so. */
export class EventStream {
  readonly #response: ServerResponse;
  #timer: NodeJS.Timeout | undefined;
  #hasDropped = false;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  send(event: WatchEvent): void {
    this.#begin();
    if (this.#hasDropped) return;
    if (this.#response.writableLength > QUEUE_BYTES_MAX) this.#drop();
    else this.#response.write(`data: ${JSON.stringify(event)}\n\n`);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #begin(): void {
    if (this.#response.headersSent) return;
    this.#response.writeHead(200, { 'content-type': 'text/event-stream' });
    this.#timer = setInterval(() => {
      if (this.#response.writableLength === 0) this.#response.write(': alive\n\n');
    }, ALIVE_EVERY_MS);
  }

  #drop(): void {
    this.#hasDropped = true;
    this.#response.once('drain', () => {
      this.#hasDropped = false;
      this.send({ type: 'overflow' });
    });
  }
}
