import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Load {
  url: string;
  headers?: Record<string, string>;
  /** Each asks again as soon as it has its response. */
  connections: number;
  durationMs: number;
}

export interface LoadResult {
  /** Of the responses with status 200, in milliseconds. */
  samplesMs: number[];
  failed: number;
  elapsedMs: number;
}

/**
 * Asks as fast as it is answered. It works on bare sockets and only finds the end of each response, so that it takes little from the
 * processor that it shares with what it measures.
 */
export async function runLoad({ url, headers = {}, connections, durationMs }: Load): Promise<LoadResult> {
  const result: LoadResult = { samplesMs: [], failed: 0, elapsedMs: 0 };
  const startedAt = performance.now();
  const endsAt = startedAt + durationMs;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      using connection = await KeptConnection.open(new URL(url), headers);
      while (performance.now() < endsAt) {
        const sentAt = performance.now();
        const status = await connection.ask();
        if (status === 200) result.samplesMs.push(performance.now() - sentAt);
        else result.failed += 1;
      }
    }),
  );
  result.elapsedMs = performance.now() - startedAt;
  return result;
}

const END_OF_HEADERS = '\r\n\r\n';

/** One HTTP/1.1 connection that repeats one request. */
class KeptConnection implements Disposable {
  readonly #socket: Socket;
  readonly #request: string;
  #pending: PromiseWithResolvers<number> | undefined;
  #head = '';
  #status = 0;
  #bytesLeft = 0;

  private constructor(socket: Socket, request: string) {
    this.#socket = socket;
    this.#request = request;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => this.#pending?.reject(error));
    socket.on('close', () => this.#pending?.reject(new Error('The connection was closed')));
  }

  static async open(url: URL, headers: Record<string, string>): Promise<KeptConnection> {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    await once(socket, 'connect');
    const lines = Object.entries({ host: url.host, ...headers }).map(([name, value]) => `${name}: ${value}`);
    const request = [`GET ${url.pathname}${url.search} HTTP/1.1`, ...lines, '', ''].join('\r\n');
    return new KeptConnection(socket, request);
  }

  /** @returns the status, once the whole response is there. */
  ask(): Promise<number> {
    const pending = Promise.withResolvers<number>();
    this.#pending = pending;
    this.#socket.write(this.#request);
    return pending.promise;
  }

  #take(chunk: Buffer): void {
    if (this.#bytesLeft > 0) this.#bytesLeft -= chunk.length;
    else this.#begin(chunk);
    if (this.#status !== 0 && this.#bytesLeft === 0) this.#end();
  }

  #begin(chunk: Buffer): void {
    this.#head += chunk.toString('latin1');
    const end = this.#head.indexOf(END_OF_HEADERS);
    if (end < 0) return;
    const length = /^content-length: (\d+)\r?$/im.exec(this.#head)?.[1];
    if (length === undefined) {
      this.#socket.destroy(new Error('A response without Content-Length: this loop cannot tell its end'));
      return;
    }
    this.#status = Number(this.#head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
    this.#bytesLeft = Number(length) - (this.#head.length - end - END_OF_HEADERS.length);
  }

  #end(): void {
    const status = this.#status;
    this.#status = 0;
    this.#head = '';
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.resolve(status);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
