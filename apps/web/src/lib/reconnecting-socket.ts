/**
 * `connecting`: never been open. `live`: open. `reconnecting`: lost, being tried again.
 * `offline`: the browser says so, or retries failed for OFFLINE_AFTER_MS; it still retries.
 */
export type ConnectionStatus = 'connecting' | 'live' | 'reconnecting' | 'offline';

/** The part of the browser's WebSocket that is used here; tests bring their own. */
export interface SocketLike {
  binaryType: BinaryType;
  readonly readyState: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
}

export interface ReconnectingSocketOptions {
  /** Asked before each attempt, so that the address can say what was seen last. */
  url: () => string;
  onOpen: () => void;
  onMessage: (message: string | ArrayBuffer) => void;
  onStatus: (status: ConnectionStatus) => void;
  createSocket?: (url: string) => SocketLike;
  /** Between 0 and 1; spreads the attempts of many pages after a restart of the server. */
  random?: () => number;
  /** Calls back when an attempt is worth making at once: network back, page visible again. Returns how to stop. */
  listenForWake?: (wake: () => void) => () => void;
}

const FIRST_DELAY_MS = 400;
const MAX_DELAY_MS = 15_000;
const CONNECT_TIMEOUT_MS = 10_000;
const OFFLINE_AFTER_MS = 20_000;
/** A connection that lasted this long resets the delays; one that is accepted and dropped does not. */
const STABLE_AFTER_MS = 3_000;
const OPEN = 1;

/** The pause before attempt number `attempt` (from 0): doubling up to 15 s, of which half is random. */
export function reconnectDelayMs(attempt: number, random: number): number {
  const full = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10));
  return full / 2 + (full / 2) * random;
}

/** A WebSocket that comes back by itself until `stop`. What must be said again after a break is its owner's to say in `onOpen`. */
export class ReconnectingSocket {
  readonly #options: ReconnectingSocketOptions;
  #socket: SocketLike | undefined;
  #status: ConnectionStatus = 'connecting';
  #attempt = 0;
  #lostAt: number | undefined;
  #running = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #connectTimer: ReturnType<typeof setTimeout> | undefined;
  #stableTimer: ReturnType<typeof setTimeout> | undefined;
  #stopListening: (() => void) | undefined;

  constructor(options: ReconnectingSocketOptions) {
    this.#options = options;
  }

  get status(): ConnectionStatus {
    return this.#status;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#stopListening = (this.#options.listenForWake ?? listenToBrowser)(() => this.retryNow());
    this.#connect();
  }

  stop(): void {
    this.#running = false;
    this.#stopListening?.();
    this.#stopListening = undefined;
    clearTimeout(this.#retryTimer);
    this.#drop();
  }

  /** False when nothing was sent because the connection is not open. */
  send(data: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.#socket?.readyState !== OPEN) return false;
    this.#socket.send(data);
    return true;
  }

  /** Drops the current connection, which its owner knows to be dead, and connects again. */
  reconnect(): void {
    if (!this.#running) return;
    this.#drop();
    this.#lost();
  }

  /** Ends the pause between two attempts. Does nothing while connected. */
  retryNow(): void {
    if (!this.#running || this.#socket !== undefined) return;
    this.#attempt = 0;
    this.#connect();
  }

  #connect(): void {
    clearTimeout(this.#retryTimer);
    const socket = (this.#options.createSocket ?? openBrowserSocket)(this.#options.url());
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.#opened();
    socket.onmessage = (event) => this.#options.onMessage(event.data);
    socket.onclose = () => {
      this.#drop();
      this.#lost();
    };
    this.#socket = socket;
    this.#connectTimer = setTimeout(() => this.reconnect(), CONNECT_TIMEOUT_MS);
  }

  #opened(): void {
    clearTimeout(this.#connectTimer);
    this.#lostAt = undefined;
    this.#stableTimer = setTimeout(() => {
      this.#attempt = 0;
    }, STABLE_AFTER_MS);
    this.#setStatus('live');
    this.#options.onOpen();
  }

  /** Late events of a dropped socket are ignored. */
  #drop(): void {
    clearTimeout(this.#connectTimer);
    clearTimeout(this.#stableTimer);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  #lost(): void {
    if (!this.#running) return;
    this.#lostAt ??= Date.now();
    const isLong = Date.now() - this.#lostAt >= OFFLINE_AFTER_MS;
    this.#setStatus(isLong || isBrowserOffline() ? 'offline' : 'reconnecting');
    const delay = reconnectDelayMs(this.#attempt, (this.#options.random ?? Math.random)());
    this.#attempt += 1;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#connect(), delay);
  }

  #setStatus(status: ConnectionStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#options.onStatus(status);
  }
}

function openBrowserSocket(url: string): SocketLike {
  return new WebSocket(url);
}

function isBrowserOffline(): boolean {
  return typeof navigator !== 'undefined' && navigator.onLine === false;
}

function listenToBrowser(wake: () => void): () => void {
  const whenVisible = () => {
    if (document.visibilityState === 'visible') wake();
  };
  window.addEventListener('online', wake);
  document.addEventListener('visibilitychange', whenVisible);
  return () => {
    window.removeEventListener('online', wake);
    document.removeEventListener('visibilitychange', whenVisible);
  };
}
