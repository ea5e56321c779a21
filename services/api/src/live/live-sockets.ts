import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '@podex/service-kit/logger';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Db } from '../database/connect.ts';
import type { Actor } from '../http/actor.ts';
import { LiveConnection } from './live-connection.ts';
import type { Wakeups } from './wakeup.ts';

/** Frames of clients are small; anything larger is not a client of ours. */
const FRAME_BYTES_MAX = 16 * 1024;

export interface LiveSocketsOptions {
  db: Db;
  wakeups: Wakeups;
  logger: Logger;
}

export interface LiveHandshake {
  actor: Actor;
  recheck: () => Promise<void>;
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

  /** The handshake was let in by the door already. */
  accept({ actor, recheck, request, socket, head }: LiveHandshake): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
      new LiveConnection({ ...this.#options, actor, recheck, socket: webSocket });
    });
  }

  /** Tells every page to come back; another process takes it from the last event it saw. */
  close(): void {
    for (const socket of this.#server.clients) socket.close(1012, 'api restarts');
    this.#server.close();
  }
}
