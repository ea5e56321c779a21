import type { Logger } from '@podex/service-kit/logger';
import type { Work } from '../database/transact.ts';
import { insertMail } from './mail-store.ts';
import type { LetterSeal } from './seal.ts';
import type { Mail } from './templates.ts';

export const MAIL_CHANNEL = 'mail';

export interface OutboxOptions {
  seal: LetterSeal;
  logger: Logger;
}

/** Where mail waits to be sent. What is written in a transaction is sent when, and only when, that is committed. */
export class Outbox {
  readonly #options: OutboxOptions;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /**
   * `onceKey`: for what is told once, by whichever process.
   *
   * @returns false when it was told before, or the recipient has had too many of its kind in the last hour.
   */
  async enqueue(
    { tx, wake }: Work,
    recipient: string,
    { template, letter, goodForMs }: Mail,
    onceKey?: string,
  ): Promise<boolean> {
    const { seal, logger } = this.#options;
    const to = recipient.toLowerCase();
    const isTaken = await insertMail(tx, {
      recipient: to,
      template,
      sealed: seal.seal(letter),
      goodForMs,
      onceKey,
    });
    if (isTaken) wake(MAIL_CHANNEL);
    else if (onceKey === undefined) logger.warn({ template }, 'mail.too_many');
    return isTaken;
  }
}
