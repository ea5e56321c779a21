/**
 * Called with the payload of one message, or with `null` when messages may have been missed (the connection was lost): look at
 * the truth again. Must not throw and must not block.
 */
export type BusHandler = (payload: string | null) => void;

/** One more use of a counter in its present window. */
export interface CounterHit {
  /** Uses in this window, this one included. */
  count: number;
  /** When the window ends and the counter starts again. */
  resetsInMs: number;
}

/** Held until released or until its time is over, whichever comes first. */
export interface BusLock {
  release(): Promise<void>;
}

/**
 * Wake-ups, counters and locks between processes. Nothing here is a record: a woken reader reads the truth from Postgres, a
 * counter may forget, and a lock only saves double work, it never protects data.
 */
export interface Bus {
  /** Reaches every subscriber of `channel` in every process; in this process even when the connection is down. Never throws. */
  publish(channel: string, payload: string): void;
  /** Dispose it to end the subscription. */
  subscribe(channel: string, handler: BusHandler): Disposable;
  /** Counts in fixed windows of `windowMs` that begin with the first hit. Without a connection this process counts alone. */
  hit(key: string, windowMs: number): Promise<CounterHit>;
  /** Undefined when another holder has it. Without a connection this process decides alone. */
  tryLock(name: string, ttlMs: number): Promise<BusLock | undefined>;
  /** Resolves with what it is connected to; throws when wake-ups do not reach other processes at present. */
  check(): Promise<string>;
  close(): Promise<void>;
}
