import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '@podex/service-kit/logger';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Actor } from '../calls/actor.ts';
import { type ConnectionRegistry, credentialOf } from '../connections/connection-registry.ts';
import type { TopicReader } from '../events/topic-reader.ts';
import type { Permit } from '../http/permission.ts';
import { LiveConnection } from './live-connection.ts';

/** Frames of clients are small; anything larger is not a client of ours. */
const FRAME_BYTES_MAX = 16 * 1024;

export interface LiveSocketsOptions {
  permit: Permit;
  topics: TopicReader;
  logger: Logger;
  registry: ConnectionRegistry;
}

export interface LiveHandshake {
  actor: Actor;
  address: string;
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
}

/** The WebSockets of `GET /api/live`. */
export class LiveSockets {
  readonly #options: LiveSocketsOptions;
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: FRAME_BYTES_MAX });

  constructor(options: LiveSocketsOptions) {
    this.#options = options;
  }

  /**
   * The handshake was let in by the door already.
   *
   * @throws PodexError limit_reached.
   */
  accept({ actor, address, request, socket, head }: LiveHandshake): void {
    let connection: LiveConnection | undefined;
    const registered = this.#options.registry.register({
      credential: credentialOf(actor),
      what: 'live_socket',
      address,
      close: (reason) => (connection === undefined ? socket.destroy() : connection.end(reason)),
    });
    const onClose = () => registered[Symbol.dispose]();
    // The handshake may fail before there is a WebSocket.
    socket.once('close', onClose);
    this.#server.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
      connection = new LiveConnection({ ...this.#options, actor, address, socket: webSocket });
    });
  }

  /** Tells every page to come back; another process takes it from the last event it saw. */
  close(): void {
    for (const socket of this.#server.clients) socket.close(1012, 'api restarts');
    this.#server.close();
  }
}
