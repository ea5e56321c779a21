import { PodexError } from '@podex/contracts/errors';
import { APIError } from 'better-auth/api';
import { hashPassword, verifyPassword } from 'better-auth/crypto';

/** Each check takes 32 MB and a core for some 50 ms. */
export const RUNNING_MAX = 2;
const WAITING_MAX = 64;
/** The code of better-auth’s error that says that too many wait. */
export const CHECKS_BUSY = 'PASSWORD_CHECKS_BUSY';

export interface QueueOptions {
  running: number;
  waiting: number;
  /** The error of who cannot even wait. */
  refuse(): Error;
}

export function tooManyAtOnce(): PodexError<'limit_reached'> {
  const message = 'Too many people sign in at this moment. Try again in some seconds.';
  return new PodexError('limit_reached', message, {
    limit: 'password_checks',
    max: RUNNING_MAX + WAITING_MAX,
  });
}

/** Runs few at once and lets a bounded number wait: a flood of sign-ins neither fills memory nor starves other requests. */
export class BoundedQueue {
  readonly #options: QueueOptions;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** @throws what `refuse` makes, when too many wait already. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running < this.#options.running) this.#running += 1;
    else await this.#wait();
    try {
      return await work();
    } finally {
      // The longest waiting takes the place over, so the number that runs stays.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= this.#options.waiting) throw this.#options.refuse();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}

/** better-auth’s own hashing (scrypt), bounded. */
export function createPasswordChecks() {
  // An error of better-auth’s kind, so that its hooks see it and the try is not counted.
  const refuse = () => new APIError('SERVICE_UNAVAILABLE', { code: CHECKS_BUSY });
  const queue = new BoundedQueue({ running: RUNNING_MAX, waiting: WAITING_MAX, refuse });
  return {
    hash: (password: string) => queue.run(() => hashPassword(password)),
    verify: (check: { hash: string; password: string }) => queue.run(() => verifyPassword(check)),
  };
}

/** better-auth hashes a new password within a transaction: what waits must wait before it, without a connection. */
export function createSignUpQueue(): BoundedQueue {
  return new BoundedQueue({ running: RUNNING_MAX, waiting: WAITING_MAX, refuse: tooManyAtOnce });
}
