import { connect, type Socket } from 'node:net';

/** A client that sends exactly the bytes it is given, as no HTTP library would. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  received = '';
  isClosed = false;
  readonly #changed = new Set<() => void>();

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1' });
    this.socket.on('data', (chunk) => {
      this.received += chunk.toString('latin1');
      this.#tell();
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.isClosed = true;
      this.#tell();
    });
  }

  /** Lines end as they are written: `\r\n` is not added. */
  send(bytes: string): this {
    this.socket.write(bytes, 'latin1');
    return this;
  }

  /** Resolves when `isReached`, or the connection is closed. Rejects after `timeoutMs`. */
  until(isReached: (received: string) => boolean, timeoutMs = 5000): Promise<string> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#changed.delete(look);
        reject(new Error(`after ${timeoutMs} ms there is only: ${this.received}`));
      }, timeoutMs);
      const look = () => {
        if (!isReached(this.received) && !this.isClosed) return;
        clearTimeout(timer);
        this.#changed.delete(look);
        resolve(this.received);
      };
      this.#changed.add(look);
      look();
    });
  }

  closed(timeoutMs?: number): Promise<string> {
    return this.until(() => false, timeoutMs);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #tell(): void {
    for (const look of this.#changed) look();
  }
}

/** How many responses begin in `received`. */
export function countResponses(received: string): number {
  return received.match(/HTTP\/1\.1 \d{3} /g)?.length ?? 0;
}
