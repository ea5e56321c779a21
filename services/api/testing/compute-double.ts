import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
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
    this.#sockets = new WebSocketServer({ server: this.#server });
    this.#sockets.on('connection', (socket, request) => {
      this.upgrades.push(toSeen(request, ''));
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
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
