import type { DurableEvent } from '@podex/contracts/events';
import { type LiveClientFrame, type LiveServerFrame, liveServerFrame } from '@podex/contracts/live';
import {
  type ConnectionStatus,
  ReconnectingSocket,
  type ReconnectingSocketOptions,
} from './reconnecting-socket.ts';

export interface TopicListener {
  /** Events with a greater seq are delivered, each once and in order. `now`: only what comes from now on. */
  after: number | 'now';
  onEvent: (event: DurableEvent) => void;
  /** The stream has begun. What is read after this moment and what the stream tells leave no gap between them. */
  onStart?: () => void;
  /** Events were lost: fetch the resource again. The stream continues from its current position. */
  onReset?: () => void;
  /** The subscription was rejected; it is not retried on this connection. */
  onRejected?: (rejection: { code: string; message: string }) => void;
}

interface Subscriber {
  listener: TopicListener;
  /** Undefined until the server has said where `now` is. */
  lastSeq: number | undefined;
  /** False until the server has confirmed a subscription that starts at or before `lastSeq`. */
  isCovered: boolean;
  hasStarted: boolean;
}

type SocketOptions = Pick<ReconnectingSocketOptions, 'url' | 'createSocket' | 'random' | 'listenForWake'>;

const PING_EVERY_MS = 20_000;
const PONG_WITHIN_MS = 8_000;

/**
 * The one live connection of a page. It joins all topics over one WebSocket, resumes each from its last seq after a break, and gives
 * every listener each event exactly once. A frame that this build does not know is skipped: a newer server may say more.
 */
export class LiveEvents {
  readonly #socket: ReconnectingSocket;
  readonly #topics = new Map<string, Set<Subscriber>>();
  readonly #statusListeners = new Set<() => void>();
  #pingTimer: ReturnType<typeof setInterval> | undefined;
  #pongTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SocketOptions) {
    this.#socket = new ReconnectingSocket({
      ...options,
      onOpen: () => this.#opened(),
      onMessage: (message) => this.#receive(message),
      onStatus: () => this.#statusChanged(),
    });
  }

  start(): void {
    this.#socket.start();
  }

  stop(): void {
    this.#stopPinging();
    this.#socket.stop();
  }

  /** Stable between two changes, for `useSyncExternalStore`. */
  getStatus = (): ConnectionStatus => this.#socket.status;

  onStatusChange = (listener: () => void): (() => void) => {
    this.#statusListeners.add(listener);
    return () => this.#statusListeners.delete(listener);
  };

  retryNow(): void {
    this.#socket.retryNow();
  }

  /** Returns how to stop listening. */
  subscribe(name: string, listener: TopicListener): () => void {
    const topic = this.#topics.get(name) ?? new Set<Subscriber>();
    this.#topics.set(name, topic);
    const subscriber: Subscriber = {
      listener,
      lastSeq: listener.after === 'now' ? undefined : listener.after,
      isCovered: false,
      hasStarted: false,
    };
    topic.add(subscriber);
    this.#sendSubscribe(name, topic);
    return () => {
      topic.delete(subscriber);
      if (topic.size > 0 || this.#topics.get(name) !== topic) return;
      this.#topics.delete(name);
      this.#send({ type: 'unsubscribe', topic: name });
    };
  }

  #opened(): void {
    for (const [name, topic] of this.#topics) this.#sendSubscribe(name, topic);
    this.#startPinging();
  }

  /**
   * One server subscription serves all listeners of a topic, so it starts at the oldest position any of them needs. A further
   * `subscribe` replaces the one before it.
   */
  #sendSubscribe(name: string, topic: ReadonlySet<Subscriber>): void {
    const positions = [...topic].flatMap(({ lastSeq }) => (lastSeq === undefined ? [] : [lastSeq]));
    const from = positions.length === 0 ? {} : { after: Math.min(...positions) };
    this.#send({ type: 'subscribe', topic: name, ...from });
  }

  #send(frame: LiveClientFrame): boolean {
    return this.#socket.send(JSON.stringify(frame));
  }

  #receive(message: string | ArrayBuffer): void {
    const frame = parseFrame(message);
    if (frame === undefined) return;
    switch (frame.type) {
      case 'pong':
        clearTimeout(this.#pongTimer);
        return;
      case 'subscribed':
        this.#subscribed(frame.topic, frame.seq);
        return;
      case 'event':
        this.#deliver(frame.topic, frame.seq, frame.event);
        return;
      case 'reset':
        this.#reset(frame.topic, frame.seq);
        return;
      case 'error':
        this.#rejected(frame);
        return;
    }
  }

  #subscribed(name: string, seq: number): void {
    for (const subscriber of [...(this.#topics.get(name) ?? [])]) {
      subscriber.lastSeq ??= seq;
      // A stream that starts later belongs to an earlier request: the one that this subscriber needs is still to come.
      if (seq > subscriber.lastSeq) continue;
      subscriber.isCovered = true;
      if (subscriber.hasStarted) continue;
      subscriber.hasStarted = true;
      subscriber.listener.onStart?.();
    }
  }

  #deliver(name: string, seq: number, event: DurableEvent): void {
    for (const subscriber of [...(this.#topics.get(name) ?? [])]) {
      if (!subscriber.isCovered || seq <= (subscriber.lastSeq ?? 0)) continue;
      subscriber.lastSeq = seq;
      subscriber.listener.onEvent(event);
    }
  }

  #reset(name: string, seq: number): void {
    const topic = this.#topics.get(name);
    if (topic === undefined) return;
    for (const subscriber of [...topic]) {
      subscriber.lastSeq = seq;
      subscriber.listener.onReset?.();
    }
    if (this.#topics.get(name) === topic) this.#sendSubscribe(name, topic);
  }

  #rejected(frame: Extract<LiveServerFrame, { type: 'error' }>): void {
    const topics = frame.topic === undefined ? [...this.#topics.values()] : [this.#topics.get(frame.topic)];
    for (const topic of topics) {
      for (const { listener } of [...(topic ?? [])]) {
        listener.onRejected?.({ code: frame.code, message: frame.message });
      }
    }
  }

  #statusChanged(): void {
    if (this.#socket.status !== 'live') this.#stopPinging();
    for (const listener of [...this.#statusListeners]) listener();
  }

  /** A connection that died without a word (sleep, a changed network) is found by its missing pong. */
  #startPinging(): void {
    this.#stopPinging();
    this.#pingTimer = setInterval(() => {
      if (!this.#send({ type: 'ping' })) return;
      clearTimeout(this.#pongTimer);
      this.#pongTimer = setTimeout(() => this.#socket.reconnect(), PONG_WITHIN_MS);
    }, PING_EVERY_MS);
  }

  #stopPinging(): void {
    clearInterval(this.#pingTimer);
    clearTimeout(this.#pongTimer);
  }
}

function parseFrame(message: string | ArrayBuffer): LiveServerFrame | undefined {
  if (typeof message !== 'string') return undefined;
  const parsed = liveServerFrame.safeParse(parseJson(message));
  return parsed.success ? parsed.data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
