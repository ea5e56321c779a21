import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { type LinkTarget, linkAuthority } from '@podex/contracts/internal/daemon';
import { type WaitOptions, within } from '@podex/service-kit/waiting';
import { LinkConnection } from './link-connection.ts';
import { SpareConnection } from './spare-connection.ts';

/** A dead link is noticed after the interval and the limit together, at most. */
const PING_EVERY_MS = 5_000;
const PING_TIMEOUT_MS = 10_000;
const SPARE_OPEN_TIMEOUT_MS = 10_000;
/** Of one stream, and of all together: what a reader that is slow lets pile up on the way. */
const STREAM_WINDOW_BYTES = 1_048_576;
const LINK_WINDOW_BYTES = 16_777_216;
/** Above it the session refuses new streams; the default is less than the windows allow. */
const MAX_SESSION_MEGABYTES = 64;

/**
 * Bytes both ways with the bridge in a container; `stderr` is the end of what it complained about. It must close without an `end`,
 * as ProcessStream does.
 */
export type BridgeStream = Duplex & { readonly stderr: string };

export interface LinkTimes {
  pingEveryMs: number;
  pingTimeoutMs: number;
}

export interface ConnectOptions extends WaitOptions {
  /** Does not count as use. */
  isProbe?: boolean;
  /** Another to the daemon is likely to follow: one is opened ahead for it. */
  isOneOfMany?: boolean;
}

/** An accepted CONNECT, and the connection over it. */
interface OpenStream {
  stream: ClientHttp2Stream;
  connection: Duplex;
}

/**
 * HTTP/2 over the stdio of the bridge process in one container. Every connection to the daemon or to a port inside is a CONNECT
 * stream of it.
 */
export class Link {
  /** Resolves when the link is closed or broken. */
  readonly closed: Promise<void>;
  readonly #session: ClientHttp2Session;
  readonly #bridge: BridgeStream;
  readonly #pings: NodeJS.Timeout;
  readonly #spare = new SpareConnection<OpenStream>(() =>
    this.#open({ kind: 'daemon' }, { timeoutMs: SPARE_OPEN_TIMEOUT_MS }),
  );
  #uses = 0;
  #heardAtMs = Number.NEGATIVE_INFINITY;
  #idleSinceMs = performance.now();
  #isResting = false;
  /** Ends the link unless the ping on its way is answered. */
  #pingTimer: NodeJS.Timeout | undefined;

  private constructor(session: ClientHttp2Session, bridge: BridgeStream, times: LinkTimes) {
    this.#session = session;
    this.#bridge = bridge;
    this.closed = new Promise((resolve) => session.once('close', resolve));
    this.#pings = setInterval(() => this.#ping(times.pingTimeoutMs), times.pingEveryMs);
    session.once('close', () => {
      clearInterval(this.#pings);
      this.#spare.close();
      bridge.destroy();
    });
  }

  /**
   * Resolves when the bridge has responded. Owns the stream: it is destroyed with the link, and when opening fails.
   *
   * @throws PodexError daemon_unreachable, timed_out.
   */
  static async open(
    bridge: BridgeStream,
    options: WaitOptions,
    times: LinkTimes = { pingEveryMs: PING_EVERY_MS, pingTimeoutMs: PING_TIMEOUT_MS },
  ): Promise<Link> {
    const session = connect('http://bridge', {
      createConnection: () => bridge,
      maxSessionMemory: MAX_SESSION_MEGABYTES,
      settings: { initialWindowSize: STREAM_WINDOW_BYTES, enablePush: false },
    });
    // A broken session ends the waiting below, or its streams; there is nobody else to tell.
    session.on('error', () => bridge.destroy());
    try {
      await within(options, () => firstSettings(session, bridge));
      session.setLocalWindowSize(LINK_WINDOW_BYTES);
      return new Link(session, bridge, times);
    } catch (error) {
      bridge.destroy();
      throw error;
    }
  }

  get isOpen(): boolean {
    return !this.#bridge.destroyed && !this.#session.closed && !this.#session.destroyed;
  }

  /** How long nothing has gone over it; 0 while a connection is open. */
  idleMs(): number {
    return this.#uses > 0 ? 0 : performance.now() - this.#idleSinceMs;
  }

  /** When the daemon last sent something over it, on the clock of `performance.now()`. */
  get heardAtMs(): number {
    return this.#heardAtMs;
  }

  /**
   * A connection to the daemon, or to a port of the container’s loopback.
   *
   * @throws PodexError port_not_listening; daemon_unreachable when the link breaks; timed_out.
   */
  async connect(target: LinkTarget, options: ConnectOptions): Promise<Duplex> {
    if (!this.isOpen)
      throw new PodexError(
        'daemon_unreachable',
        'The link to the workspace is closed. Try again in a moment.',
        {},
      );
    const { isProbe = false, isOneOfMany = false, ...wait } = options;
    const endUse = isProbe ? () => undefined : this.#beginUse();
    const isSpared = isOneOfMany && target.kind === 'daemon';
    try {
      const spare = isSpared ? this.#spare.take() : undefined;
      const { stream, connection } = spare ?? (await this.#open(target, wait));
      stream.once('close', () => {
        endUse();
        if (isSpared && this.isOpen && !this.#isResting) this.#spare.prepare();
      });
      return connection;
    } catch (error) {
      endUse();
      throw error;
    }
  }

  get isResting(): boolean {
    return this.#isResting;
  }

  /** The other side is frozen, or is about to be: that it says nothing means nothing. */
  rest(): void {
    this.#isResting = true;
    this.#spare.close();
    clearTimeout(this.#pingTimer);
  }

  /** It is thawed. */
  wake(): void {
    if (!this.#isResting) return;
    this.#isResting = false;
    this.#idleSinceMs = performance.now();
  }

  /** Cuts every connection over it. The session follows its stream: told to end by itself it would still send frames. */
  close(): void {
    this.#bridge.destroy();
  }

  async #open(target: LinkTarget, options: WaitOptions): Promise<OpenStream> {
    const stream = this.#session.request({
      [constants.HTTP2_HEADER_METHOD]: constants.HTTP2_METHOD_CONNECT,
      [constants.HTTP2_HEADER_AUTHORITY]: linkAuthority(target),
    });
    try {
      await within(options, () => accepted(stream, target));
      const connection = new LinkConnection(stream, () => {
        if (target.kind === 'daemon') this.#heardAtMs = performance.now();
      });
      return { stream, connection };
    } catch (error) {
      stream.close(constants.NGHTTP2_CANCEL);
      throw error;
    }
  }

  #beginUse(): () => void {
    this.#uses += 1;
    return () => {
      this.#uses -= 1;
      this.#idleSinceMs = performance.now();
    };
  }

  #ping(timeoutMs: number): void {
    if (!this.isOpen || this.#isResting) return;
    const timer = setTimeout(() => this.close(), timeoutMs);
    this.#pingTimer = timer;
    const isSent = this.#session.ping((error) => {
      clearTimeout(timer);
      if (error !== null) this.close();
    });
    // Other streams are open, and each has its own limit.
    if (!isSent) clearTimeout(timer);
  }
}

function firstSettings(session: ClientHttp2Session, bridge: BridgeStream): Promise<void> {
  return new Promise((resolve, reject) => {
    session.once('remoteSettings', () => resolve());
    session.once('error', (error) => reject(noBridge(bridge, error)));
    session.once('close', () => reject(noBridge(bridge)));
    bridge.once('close', () => reject(noBridge(bridge)));
  });
}

function noBridge(bridge: BridgeStream, cause?: unknown): PodexError {
  const complaint = bridge.stderr.trim();
  const reason = complaint === '' ? 'the bridge into the workspace ended' : complaint;
  return new PodexError(
    'daemon_unreachable',
    `The workspace cannot be reached: ${reason}`,
    { reason },
    { cause },
  );
}

function notListening(port: number): PodexError {
  return new PodexError('port_not_listening', `Nothing listens on port ${port} of the workspace.`, { port });
}

function accepted(stream: ClientHttp2Stream, target: LinkTarget): Promise<void> {
  const what =
    target.kind === 'daemon' ? 'The daemon of the workspace' : `Port ${target.port} of the workspace`;
  const refused = (reason: string, cause?: unknown) =>
    new PodexError(
      'daemon_unreachable',
      `${what} does not respond: ${reason}. Try again in a moment.`,
      { reason },
      { cause },
    );
  return new Promise((resolve, reject) => {
    stream.once('response', (headers) => {
      const status = headers[':status'];
      if (status === constants.HTTP_STATUS_OK) resolve();
      else if (status === constants.HTTP_STATUS_BAD_GATEWAY && target.kind === 'port')
        reject(notListening(target.port));
      else reject(refused(`refused (${status})`));
    });
    // Stays attached: an error of the connection later on is seen by its users, and must not be unhandled.
    stream.on('error', (error) => reject(refused('the link broke', error)));
    stream.once('close', () => reject(refused('the link broke')));
  });
}
