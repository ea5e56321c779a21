import { type LiveClientFrame, type LiveServerFrame, liveClientFrame } from '@podex/contracts/live';
import { toPodexError } from '@podex/service-kit/http-app';
import type { Logger } from '@podex/service-kit/logger';
import { within } from '@podex/service-kit/waiting';
import type { RawData, WebSocket } from 'ws';
import type { Actor } from '../calls/actor.ts';
import type { OperationView } from '../calls/call.ts';
import type { EndReason } from '../calls/request-end.ts';
import {
  type ConnectionRegistry,
  credentialOf,
  END_MESSAGES,
  ENDED_CLOSE_CODE,
} from '../connections/connection-registry.ts';
import { presentEvent, type StoredEvent } from '../events/event-store.ts';
import type { TopicItem, TopicReader } from '../events/topic-reader.ts';
import type { Permit } from '../http/permission.ts';
import { requireReadable } from './topic-access.ts';

const SUBSCRIPTIONS_MAX = 100;
/** A client that takes nothing for so long is gone; it comes back with `after`. */
const SEND_TIMEOUT_MS = 30_000;
const PING_EVERY_MS = 20_000;
/** “Try Again Later” of https://www.iana.org/assignments/websocket */
const TRY_AGAIN_CLOSE_CODE = 1013;
/** A client that doesn’t answer the close frame within it is cut. */
const CLOSE_TIMEOUT_MS = 500;

export interface LiveConnectionOptions {
  socket: WebSocket;
  actor: Actor;
  permit: Permit;
  topics: TopicReader;
  logger: Logger;
  registry: ConnectionRegistry;
  /** Of the client; for the log. */
  address: string;
}

interface Subscription {
  topic: string;
  after: number | undefined;
  signal: AbortSignal;
  /** Called when it is known that the topic may be read. */
  onKnown(): void;
}

/** One page’s live events: any number of topics over one WebSocket, each read at the pace at which the page takes them. */
export class LiveConnection {
  readonly #options: LiveConnectionOptions;
  readonly #subscriptions = new Map<string, AbortController>();
  readonly #pingTimer: NodeJS.Timeout;
  #isAlive = true;
  #framesWaiting = 0;
  #lastFrame: Promise<void> = Promise.resolve();

  constructor(options: LiveConnectionOptions) {
    this.#options = options;
    const { socket } = options;
    socket.on('message', (data: RawData, isBinary: boolean) => this.#receive(data, isBinary));
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.on('close', () => this.#release());
    socket.on('error', (error) => {
      options.logger.debug({ err: error }, 'live.socket_failed');
      socket.terminate();
    });
    this.#pingTimer = setInterval(() => this.#ping(), PING_EVERY_MS);
  }

  /** The page may come back with a credential that is still good. Nothing more is sent or taken from now on. */
  end(reason: EndReason): void {
    this.#close(ENDED_CLOSE_CODE, END_MESSAGES[reason]);
  }

  #close(code: number, message: string): void {
    const { socket } = this.#options;
    this.#release();
    socket.removeAllListeners('message');
    socket.close(code, message);
    const cut = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS);
    socket.once('close', () => clearTimeout(cut));
  }

  /** One frame after the other: who sends faster than they are worked off waits, and holds up nobody else. */
  #receive(data: RawData, isBinary: boolean): void {
    const { socket } = this.#options;
    this.#framesWaiting += 1;
    // What was read along with it still comes.
    socket.pause();
    this.#lastFrame = this.#lastFrame
      .then(() => this.#take(data, isBinary))
      .finally(() => {
        this.#framesWaiting -= 1;
        if (this.#framesWaiting === 0) socket.resume();
      });
  }

  async #take(data: RawData, isBinary: boolean): Promise<void> {
    const { socket } = this.#options;
    if (socket.readyState !== socket.OPEN) return;
    const frame = isBinary ? undefined : parseFrame(String(data));
    if (frame === undefined) {
      const message = 'This is not a frame of the live socket.';
      await this.#trySend({ type: 'error', code: 'invalid_request', message });
      return;
    }
    if (frame.type === 'ping') await this.#trySend({ type: 'pong' });
    if (frame.type === 'unsubscribe') this.#unsubscribe(frame.topic);
    if (frame.type === 'subscribe') await this.#subscribe(frame.topic, frame.after);
  }

  /** Resolves once it is known whether the topic may be read. */
  async #subscribe(topic: string, after: number | undefined): Promise<void> {
    this.#unsubscribe(topic);
    if (this.#subscriptions.size >= SUBSCRIPTIONS_MAX) {
      const message = `At most ${SUBSCRIPTIONS_MAX} topics on one connection.`;
      await this.#trySend({ type: 'error', topic, code: 'limit_reached', message });
      return;
    }
    const controller = new AbortController();
    const { signal } = controller;
    this.#subscriptions.set(topic, controller);
    const { promise: known, resolve: onKnown } = Promise.withResolvers<void>();
    this.#stream({ topic, after, signal, onKnown })
      .catch((error: unknown) => this.#fail(topic, signal, error))
      .finally(() => {
        onKnown();
        if (this.#subscriptions.get(topic) === controller) this.#subscriptions.delete(topic);
      });
    await known;
  }

  #unsubscribe(topic: string): void {
    this.#subscriptions.get(topic)?.abort(new Error('unsubscribed'));
    this.#subscriptions.delete(topic);
  }

  async #stream({ topic, after, signal, onKnown }: Subscription): Promise<void> {
    const { topics, actor, permit } = this.#options;
    const view = await requireReadable(permit, actor, topic);
    onKnown();
    using _watched = this.#watch(topic, view);
    for await (const item of topics.read({ topic, after, signal })) {
      for (const frame of toFrames(topic, item)) {
        if (signal.aborted) return;
        await this.#sendText(frame);
      }
    }
  }

  /** A topic of a workspace ends when its reader may not see that workspace any more; the socket stays. */
  #watch(topic: string, view: OperationView | undefined): Disposable | undefined {
    if (view === undefined) return undefined;
    const { registry, actor, address } = this.#options;
    const close = () => {
      this.#unsubscribe(topic);
      const message = END_MESSAGES.workspace_gone;
      this.#sendSoon({ type: 'error', topic, code: 'workspace_not_found', message });
    };
    return registry.register({
      credential: credentialOf(actor),
      what: 'subscription',
      view,
      address,
      close: (reason) => (reason === 'workspace_gone' ? close() : undefined),
    });
  }

  /** A refusal ends the subscription. What may be over in a moment ends the connection: its client comes again, with all its topics. */
  #fail(topic: string, signal: AbortSignal, thrown: unknown): void {
    if (signal.aborted || this.#options.socket.readyState !== this.#options.socket.OPEN) return;
    const error = toPodexError(thrown);
    if (error.status < 500) {
      this.#sendSoon({ type: 'error', topic, code: error.code, message: error.message });
      return;
    }
    this.#options.logger.error({ err: thrown, topic }, 'live.failed');
    this.#close(TRY_AGAIN_CLOSE_CODE, 'Connect again.');
  }

  /** Resolves when the bytes are with the operating system: the reader of a slow client waits here. */
  async #sendText(text: string | Buffer): Promise<void> {
    const { socket } = this.#options;
    try {
      await within({ timeoutMs: SEND_TIMEOUT_MS }, () => {
        return new Promise<void>((resolve, reject) => {
          socket.send(text, { binary: false }, (error) => (error ? reject(error) : resolve()));
        });
      });
    } catch (error) {
      socket.terminate();
      throw error;
    }
  }

  #send(frame: LiveServerFrame): Promise<void> {
    return this.#sendText(frameText(frame));
  }

  #sendSoon(frame: LiveServerFrame): void {
    void this.#trySend(frame);
  }

  /** Never rejects: a connection on which nothing can be sent is closed already. */
  async #trySend(frame: LiveServerFrame): Promise<void> {
    try {
      await this.#send(frame);
    } catch (error) {
      this.#options.logger.debug({ err: error }, 'live.send_failed');
    }
  }

  #ping(): void {
    if (!this.#isAlive) {
      this.#options.socket.terminate();
      return;
    }
    this.#isAlive = false;
    this.#options.socket.ping();
  }

  #release(): void {
    clearInterval(this.#pingTimer);
    for (const topic of [...this.#subscriptions.keys()]) this.#unsubscribe(topic);
  }
}

function parseFrame(text: string): LiveClientFrame | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return liveClientFrame.safeParse(value).data;
}

function toFrames(topic: string, item: TopicItem): (string | Buffer)[] {
  if (item.type === 'idle') return [];
  if (item.type !== 'events') return [frameText({ ...item, topic })];
  return item.events.map((event) => eventFrame(topic, event));
}

/** Readers of one topic share its events, and so the bytes that each of them sends. */
const EVENT_FRAMES = new WeakMap<StoredEvent, Buffer>();

function eventFrame(topic: string, event: StoredEvent): Buffer {
  const made = EVENT_FRAMES.get(event);
  if (made !== undefined) return made;
  const frame = Buffer.from(frameText({ type: 'event', topic, seq: event.seq, event: presentEvent(event) }));
  EVENT_FRAMES.set(event, frame);
  return frame;
}

function frameText(frame: LiveServerFrame): string {
  return JSON.stringify(frame);
}
