import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { rawErrorResponse } from '@podex/service-kit/raw-response';
import { WebSocketServer } from 'ws';

export interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

type Respond = (request: SeenRequest, response: ServerResponse) => void;

/** The other end of the gateway: keeps what it was asked, answers as told, and echoes WebSocket frames. */
export class ComputeDouble {
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly requests: SeenRequest[] = [];
  readonly upgrades: SeenRequest[] = [];
  /** Where the programs that listen on ports of every workspace really are. */
  readonly ports = new Map<number, number>();
  tunnels = 0;
  respond: Respond = (_request, response) => response.end('answered');

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const seen = toSeen(request, Buffer.concat(chunks).toString());
        this.requests.push(seen);
        this.respond(seen, response);
      });
    });
    this.#sockets = new WebSocketServer({ noServer: true });
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const port = /\/port-tunnels\/(\d+)$/.exec(request.url ?? '')?.[1];
      if (port !== undefined) this.#tunnel(Number(port), socket);
      else
        this.#sockets.handleUpgrade(request, socket, head, (one) =>
          this.#sockets.emit('connection', one, request),
        );
    });
    this.#sockets.on('connection', (socket, request) => {
      this.upgrades.push(toSeen(request, ''));
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
  }

  /** As compute and a workspace in which the programs of `ports` run. */
  #tunnel(port: number, socket: Duplex): void {
    this.tunnels += 1;
    const inside = this.ports.get(port);
    const refuse = () => {
      const error = new PodexError('port_not_listening', `Nothing listens on port ${port}.`, { port });
      socket.end(rawErrorResponse(error));
    };
    if (inside === undefined) {
      refuse();
      return;
    }
    const connection = connect({ port: inside, host: '127.0.0.1', allowHalfOpen: true });
    connection.once('connect', () => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: podex-port\r\n\r\n');
      socket.pipe(connection).pipe(socket);
    });
    connection.once('error', () => socket.destroy());
    socket.once('error', () => connection.destroy());
    socket.once('close', () => connection.destroy());
  }

  static async start(): Promise<ComputeDouble> {
    const double = new ComputeDouble();
    await new Promise<void>((resolve) => double.#server.listen(0, '127.0.0.1', resolve));
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }
}

function toSeen(request: IncomingMessage, body: string): SeenRequest {
  return { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
}
