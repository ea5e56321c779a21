import { Duplex } from 'node:stream';

/** The engine prefixes each piece of output with 8 bytes: the stream (1 stdout, 2 stderr), three zeros, the length (big endian). */
const HEADER_BYTES = 8;
const STDOUT = 1;
const STDERR = 2;
const MAX_STDERR_BYTES = 4_096;

/** Takes frames apart as the bytes come, whatever the cuts between them. */
export class FrameParser {
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #stream = 0;
  #left = 0;

  /** @throws when the bytes are no frames, as of a container with a terminal. */
  *parse(chunk: Buffer): Generator<{ stream: number; bytes: Buffer }> {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#left === 0) {
        rest = this.#readHeader(rest);
        continue;
      }
      const bytes = rest.subarray(0, this.#left);
      this.#left -= bytes.length;
      rest = rest.subarray(bytes.length);
      yield { stream: this.#stream, bytes };
    }
  }

  #readHeader(chunk: Buffer): Buffer {
    const taken = chunk.copy(this.#header, this.#headerBytes, 0, HEADER_BYTES - this.#headerBytes);
    this.#headerBytes += taken;
    if (this.#headerBytes === HEADER_BYTES) {
      this.#headerBytes = 0;
      this.#stream = this.#header.readUInt8(0);
      this.#left = this.#header.readUInt32BE(4);
      if (this.#stream > STDERR) throw new Error('The engine’s stream is not multiplexed.');
    }
    return chunk.subarray(taken);
  }
}

/** Both streams of finished output, in the order they came. */
export function demuxOutput(output: Buffer): string {
  return Buffer.concat([...new FrameParser().parse(output)].map(({ bytes }) => bytes)).toString('utf8');
}

/**
 * The stdio of a process in a container as one duplex: writes go to its stdin, reads come from its stdout, and a reader that is slow
 * slows the process. The end of its stderr is kept for error messages. Destroying it cuts the connection; the engine then closes the
 * process’s stdin.
 *
 * At the end of the process it closes, and does not `end`: Node’s HTTP/2 over a duplex ends too when the other side ends, and any frame
 * it sends after that fails an assertion of its own, which ends the whole service.
 */
export class ProcessStream extends Duplex {
  readonly #connection: Duplex;
  readonly #parser = new FrameParser();
  #stderr = '';

  constructor(connection: Duplex) {
    super();
    this.#connection = connection;
    connection.on('data', (chunk: Buffer) => this.#receive(chunk));
    connection.once('end', () => this.destroy());
    connection.once('error', (error) => this.destroy(error));
    connection.once('close', () => this.destroy());
    connection.pause();
  }

  /** The last 4 KB the process wrote to stderr. */
  get stderr(): string {
    return this.#stderr;
  }

  #receive(chunk: Buffer): void {
    try {
      let hasRoom = true;
      for (const { stream, bytes } of this.#parser.parse(chunk)) {
        if (stream === STDOUT) hasRoom = this.push(bytes) && hasRoom;
        else this.#stderr = `${this.#stderr}${bytes.toString('utf8')}`.slice(-MAX_STDERR_BYTES);
      }
      if (!hasRoom) this.#connection.pause();
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  override _read(): void {
    this.#connection.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#connection.write(chunk, encoding)) done();
    else this.#connection.once('drain', done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#connection.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#connection.destroy();
    done(error);
  }
}
