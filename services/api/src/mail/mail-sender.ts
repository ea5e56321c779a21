import { createHash } from 'node:crypto';
import type { Background } from '@podex/service-kit/background';
import type { Logger } from '@podex/service-kit/logger';
import { backoffMs, linkSignals } from '@podex/service-kit/waiting';
import type { Db } from '../database/connect.ts';
import type { Wakeups } from '../events/wakeup.ts';
import { type Deliver, type Delivery, MailRefused } from './delivery.ts';
import { endMail, msUntilDue, postponeMail, type TakenMail, takeMail } from './mail-store.ts';
import { MAIL_CHANNEL } from './outbox.ts';
import type { LetterSeal } from './seal.ts';

export interface SendingPace {
  /** For one letter, from the first byte to the server’s word. */
  deadlineMs: number;
  /** Longer than the deadline: then its taker has died, and another takes it. */
  leaseMs: number;
  /** Doubles with each failure. */
  firstPauseMs: number;
  maxPauseMs: number;
  attemptsMax: number;
}

const SENDING_PACE: SendingPace = {
  deadlineMs: 60_000,
  leaseMs: 120_000,
  firstPauseMs: 10_000,
  maxPauseMs: 30 * 60_000,
  attemptsMax: 20,
};
/** A server that hangs holds one of them up, not all mail. */
const AT_ONCE = 2;
/** Where a message of the bus was lost, a mail is seen after this. */
const LOOK_EVERY_MS = 30_000;
const SHORTEST_WAIT_MS = 20;
const KEY_DIGITS = 32;
/** A letter that the server has half is finished before this process ends: cut off, it might come twice. */
const STOP_GRACE_MS = 5_000;

export interface MailSenderOptions {
  db: Db;
  wakeups: Wakeups;
  seal: LetterSeal;
  deliver: Deliver;
  logger: Logger;
  pace?: SendingPace;
}

/** Sends what waits in the outbox. Any number of processes may: each mail is leased to one of them. */
export class MailSender {
  readonly #options: MailSenderOptions;
  readonly #pace: SendingPace;

  constructor({ pace = SENDING_PACE, ...options }: MailSenderOptions & { pace?: SendingPace }) {
    this.#options = options;
    this.#pace = pace;
  }

  start(background: Background): void {
    for (let sender = 1; sender <= AT_ONCE; sender += 1) {
      background.loop(`send-mail-${sender}`, (signal) => this.#sendUntilOver(signal));
    }
  }

  async #sendUntilOver(signal: AbortSignal): Promise<void> {
    using wakeup = this.#options.wakeups.on([MAIL_CHANNEL]);
    while (!signal.aborted) {
      while (!signal.aborted && (await this.#sendNext(signal)));
      const dueInMs = (await msUntilDue(this.#options.db)) ?? LOOK_EVERY_MS;
      const timeoutMs = Math.min(LOOK_EVERY_MS, Math.max(SHORTEST_WAIT_MS, dueInMs));
      if ((await wakeup.wait({ signal, timeoutMs })) === 'over') return;
    }
  }

  /** @returns false when none was due. */
  async #sendNext(signal: AbortSignal): Promise<boolean> {
    const { db, seal, logger } = this.#options;
    const taken = await takeMail(db, this.#pace.leaseMs);
    if (taken === undefined) return false;
    const letter = seal.open(taken.sealed);
    if (taken.is_stale || letter === undefined) {
      const reason = taken.is_stale ? 'It is too late for it' : 'It was sealed with another JWT_SECRET_KEY';
      await this.#giveUp(taken, reason);
      return true;
    }
    const { id, template, attempts } = taken;
    try {
      await this.#deliver({ key: keyOf(taken), to: taken.recipient, ...letter }, signal);
    } catch (error) {
      await this.#failed(taken, error, signal);
      return true;
    }
    await endMail(db, taken, 'sent');
    logger.info({ mail_id: id, template, attempts }, 'mail.sent');
    return true;
  }

  async #deliver(delivery: Delivery, stopping: AbortSignal): Promise<void> {
    const grace = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const onStopping = () => {
      timer = setTimeout(() => grace.abort(new Error('api is stopping')), STOP_GRACE_MS);
    };
    using linked = linkSignals([grace.signal], this.#pace.deadlineMs);
    stopping.addEventListener('abort', onStopping, { once: true });
    try {
      await this.#options.deliver(delivery, linked.signal);
    } finally {
      stopping.removeEventListener('abort', onStopping);
      clearTimeout(timer);
    }
  }

  async #failed(taken: TakenMail, error: unknown, signal: AbortSignal): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof MailRefused || taken.attempts >= this.#pace.attemptsMax) {
      await this.#giveUp(taken, reason);
      return;
    }
    const { firstPauseMs, maxPauseMs } = this.#pace;
    // Where this process stops, another goes on at once.
    const pauseMs = signal.aborted ? 0 : backoffMs(taken.attempts - 1, firstPauseMs, maxPauseMs);
    await postponeMail(this.#options.db, taken, pauseMs);
    const { id, template, attempts } = taken;
    this.#options.logger.warn({ mail_id: id, template, attempts, pause_ms: pauseMs, reason }, 'mail.retry');
  }

  async #giveUp(taken: TakenMail, reason: string): Promise<void> {
    await endMail(this.#options.db, taken, 'given_up');
    const { id, template, attempts } = taken;
    this.#options.logger.error({ mail_id: id, template, attempts, reason }, 'mail.given_up');
  }
}

/** Ids begin again in another database, and a mailbox would take its letters for those that it has. What is sealed holds a nonce. */
function keyOf({ id, sealed }: TakenMail): string {
  return `${id}-${createHash('sha256').update(sealed).digest('hex').slice(0, KEY_DIGITS)}`;
}
