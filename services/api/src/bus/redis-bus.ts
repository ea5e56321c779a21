import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Bus, BusLock, CounterHit } from './bus.ts';
import { InProcessBus } from './in-process-bus.ts';

export interface RedisBusOptions {
  url: string;
  /** Told when the connection is lost, once for each loss. */
  onError: (error: Error) => void;
}

/** All messages go over one channel: a process that is connected misses none, whatever it subscribes to later. */
const CHANNEL = 'podex:bus';
const KEY_PREFIX = 'podex:';
const RECONNECT_MS_MAX = 2_000;
/** While the connection is down subscribers are told this often to look at the truth themselves. */
const DISCONNECTED_WAKE_MS = 1_000;
const COMMAND_TIMEOUT_MS = 2_000;

const HIT_SCRIPT = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}`;
const RELEASE_SCRIPT = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

/**
 * The bus of several processes. Subscribers of this process are reached directly, those of others through Redis pub/sub. Whenever a
 * message may have been lost (either connection was down, here or at the sender) every subscriber is told so with `null`.
 */
export class RedisBus implements Bus {
  readonly #local = new InProcessBus();
  readonly #instance = randomUUID();
  readonly #commands: Redis;
  readonly #subscriber: Redis;
  readonly #onError: (error: Error) => void;
  readonly #wakeTimer: NodeJS.Timeout;
  #isSubscribed = false;
  #hasLostMessages = false;
  #isReported = false;

  constructor(options: RedisBusOptions) {
    this.#onError = options.onError;
    const shared = {
      retryStrategy: (attempt: number) => Math.min(RECONNECT_MS_MAX, 50 * 2 ** Math.min(attempt, 10)),
      connectTimeout: COMMAND_TIMEOUT_MS,
    };
    this.#commands = new Redis(options.url, {
      ...shared,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_TIMEOUT_MS,
    });
    this.#subscriber = new Redis(options.url, {
      ...shared,
      autoResubscribe: false,
      maxRetriesPerRequest: null,
    });
    for (const connection of [this.#commands, this.#subscriber]) {
      connection.on('error', (error: Error) => this.#report(error));
    }
    this.#commands.on('ready', () => this.#tellOthersWhatWasLost());
    this.#subscriber.on('ready', () => this.#listen());
    this.#subscriber.on('close', () => {
      this.#isSubscribed = false;
    });
    this.#subscriber.on('message', (_channel: string, message: string) => this.#receive(message));
    this.#wakeTimer = setInterval(() => {
      if (!this.#isSubscribed) this.#local.wakeAll();
    }, DISCONNECTED_WAKE_MS);
    this.#wakeTimer.unref();
  }

  publish(channel: string, payload: string): void {
    this.#local.publish(channel, payload);
    this.#send({ from: this.#instance, channel, payload });
  }

  subscribe(channel: string, handler: (payload: string | null) => void): Disposable {
    return this.#local.subscribe(channel, handler);
  }

  async hit(key: string, windowMs: number): Promise<CounterHit> {
    try {
      const answer: unknown = await this.#commands.eval(
        HIT_SCRIPT,
        1,
        `${KEY_PREFIX}counter:${key}`,
        windowMs,
      );
      const [count, ttl] = Array.isArray(answer) ? answer.map(Number) : [];
      if (count === undefined || ttl === undefined)
        throw new Error('redis answered a counter with no numbers');
      return { count, resetsInMs: Math.max(0, ttl) };
    } catch (error) {
      this.#report(error);
      return this.#local.hit(key, windowMs);
    }
  }

  async tryLock(name: string, ttlMs: number): Promise<BusLock | undefined> {
    const key = `${KEY_PREFIX}lock:${name}`;
    const owner = randomUUID();
    try {
      const taken = await this.#commands.set(key, owner, 'PX', ttlMs, 'NX');
      if (taken === null) return undefined;
    } catch (error) {
      this.#report(error);
      return this.#local.tryLock(name, ttlMs);
    }
    return {
      release: async () => {
        try {
          await this.#commands.eval(RELEASE_SCRIPT, 1, key, owner);
        } catch (error) {
          // It ends by itself after `ttlMs`.
          this.#report(error);
        }
      },
    };
  }

  async check(): Promise<string> {
    await this.#commands.ping();
    if (!this.#isSubscribed) throw new Error('not subscribed to Redis yet');
    return 'redis';
  }

  async close(): Promise<void> {
    clearInterval(this.#wakeTimer);
    this.#commands.disconnect();
    this.#subscriber.disconnect();
    await this.#local.close();
  }

  #send(message: BusMessage): void {
    this.#commands.publish(CHANNEL, JSON.stringify(message)).then(
      () => this.#tellOthersWhatWasLost(),
      (error: unknown) => {
        this.#hasLostMessages = true;
        this.#report(error);
      },
    );
  }

  #tellOthersWhatWasLost(): void {
    this.#isReported = false;
    if (!this.#hasLostMessages) return;
    this.#hasLostMessages = false;
    this.#send({ from: this.#instance, channel: null, payload: null });
  }

  #listen(): void {
    this.#subscriber.subscribe(CHANNEL).then(
      () => {
        this.#isSubscribed = true;
        // Whatever was sent before this moment did not reach this process.
        this.#local.wakeAll();
      },
      (error: unknown) => this.#report(error),
    );
  }

  #receive(text: string): void {
    const message = parseMessage(text);
    if (message === undefined || message.from === this.#instance) return;
    if (message.channel === null || message.payload === null) this.#local.wakeAll();
    else this.#local.publish(message.channel, message.payload);
  }

  #report(error: unknown): void {
    if (this.#isReported) return;
    this.#isReported = true;
    this.#onError(error instanceof Error ? error : new Error(String(error)));
  }
}

/** `channel: null`: messages of this sender were lost. */
interface BusMessage {
  from: string;
  channel: string | null;
  payload: string | null;
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

/** Undefined for what no Podex process has sent. */
function parseMessage(text: string): BusMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('from' in value) || !('channel' in value) || !('payload' in value)) return undefined;
  const { from, channel, payload } = value;
  if (typeof from !== 'string' || !isTextOrNull(channel) || !isTextOrNull(payload)) return undefined;
  return { from, channel, payload };
}
