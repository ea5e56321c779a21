import { createServer, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { parseLinkAuthority } from '@podex/contracts/internal/daemon';
import type { BridgeStream } from '../src/links/link.ts';

/** Our end of the link, as `docker exec` gives it. */
class OuterEnd extends Duplex implements BridgeStream {
  stderr = '';
  readonly #socket: Socket;
  #isFrozen = false;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('data', (chunk) => {
      if (!this.#isFrozen && !this.push(chunk)) socket.pause();
    });
    socket.once('end', () => this.destroy());
    socket.once('error', (error) => this.destroy(error));
    socket.once('close', () => this.destroy());
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (!this.#isFrozen) this.#socket.write(chunk, done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

/** The inner end of a link: every CONNECT to the daemon goes to a TCP port of this machine. */
export class BridgeDouble {
  readonly stream: OuterEnd;

  private constructor(stream: OuterEnd) {
    this.stream = stream;
  }

  static async start(daemonPort: number): Promise<BridgeDouble> {
    const server = createServer();
    server.on('session', (session) => session.on('error', () => session.destroy()));
    server.on('stream', (stream, headers) => respond(stream, headers[':authority'] ?? '', daemonPort));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const socket = connectTcp((server.address() as AddressInfo).port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const stream = new OuterEnd(socket);
    stream.once('close', () => server.close());
    return new BridgeDouble(stream);
  }

  /** As when the network is cut: nothing comes through any more, and nobody says so. */
  freeze(): void {
    this.stream.freeze();
  }

  /** As when the process in the container ends. */
  end(): void {
    this.stream.destroy();
  }
}

function respond(stream: ServerHttp2Stream, authority: string, daemonPort: number): void {
  const target = parseLinkAuthority(authority);
  const socket = connectTcp(target?.kind === 'port' ? target.port : daemonPort, '127.0.0.1');
  stream.on('error', () => stream.destroy());
  stream.once('close', () => socket.destroy());
  socket.once('connect', () => {
    stream.respond({ ':status': 200 });
    stream.pipe(socket);
    socket.pipe(stream);
  });
  socket.once('error', () => {
    if (stream.headersSent || stream.destroyed) stream.destroy();
    else stream.respond({ ':status': 502 }, { endStream: true });
  });
  socket.once('close', () => {
    if (stream.headersSent) stream.end();
  });
}
