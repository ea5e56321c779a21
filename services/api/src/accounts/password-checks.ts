import { APIError } from 'better-auth/api';
import { hashPassword, verifyPassword } from 'better-auth/crypto';

/** Each check takes 32 MB and a core for some 50 ms. */
const RUNNING_MAX = 2;
const WAITING_MAX = 64;
/** The code of better-auth’s error that says so. */
export const CHECKS_BUSY = 'PASSWORD_CHECKS_BUSY';
export const PASSWORD_CHECKS_MAX = RUNNING_MAX + WAITING_MAX;

/** Runs few at once and lets a bounded number wait: a flood of sign-ins neither fills memory nor starves other requests. */
export class BoundedQueue {
  readonly #limits: { running: number; waiting: number };
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limits: { running: number; waiting: number }) {
    this.#limits = limits;
  }

  /** @throws APIError when too many wait already. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running < this.#limits.running) this.#running += 1;
    else await this.#wait();
    try {
      return await work();
    } finally {
      // Whoever waits longest takes the place over, so the number that runs stays.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= this.#limits.waiting) {
      throw new APIError('SERVICE_UNAVAILABLE', { code: CHECKS_BUSY, message: 'Too many sign-ins at once.' });
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}

/** better-auth’s own hashing (scrypt), bounded. */
export function createPasswordChecks() {
  const queue = new BoundedQueue({ running: RUNNING_MAX, waiting: WAITING_MAX });
  return {
    hash: (password: string) => queue.run(() => hashPassword(password)),
    verify: (check: { hash: string; password: string }) => queue.run(() => verifyPassword(check)),
  };
}
