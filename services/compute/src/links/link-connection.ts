import { type ClientHttp2Stream, constants } from 'node:http2';
import { Duplex } from 'node:stream';

/**
 * A connection over a link, as a plain duplex. Only whole, non-empty buffers reach the HTTP/2 stream: Node 24 sends freed memory when a
 * string and an empty piece are written to one together, as its HTTP client does with the head and the end of a request.
 */
export class LinkConnection extends Duplex {
  readonly #stream: ClientHttp2Stream;

  constructor(stream: ClientHttp2Stream, onData: () => void) {
    super({ allowHalfOpen: true });
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => {
      onData();
      if (!this.push(chunk)) stream.pause();
    });
    stream.once('end', () => this.push(null));
    stream.once('error', (error) => this.destroy(error));
    stream.once('close', () => this.#streamClosed());
    stream.pause();
    // Its user gets the error too. Without a user the error is dropped, so that it does not end the process.
    this.on('error', () => undefined);
  }

  override _read(): void {
    this.#stream.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (chunk.length === 0 || this.#stream.write(chunk)) done();
    else this.#stream.once('drain', done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#stream.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stream.close(constants.NGHTTP2_CANCEL);
    done(error);
  }

  /** What came before the end is still read. */
  #streamClosed(): void {
    if (this.#stream.readableEnded && !this.readableEnded) this.once('end', () => this.destroy());
    else this.destroy();
  }
}
