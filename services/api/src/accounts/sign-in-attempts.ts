import { getSessionFromCtx, isAPIError } from 'better-auth/api';
import type { Db } from '../database/connect.ts';
import { networkOf } from '../network/client-address.ts';
import { findEndpoint, type Guess } from './auth-endpoints.ts';
import type { AuthHook, HookContext } from './auth-hooks.ts';
import { ADDRESS_HEADER } from './auth-request.ts';
import { DEVICE_COOKIE, type KnownDevices } from './known-device.ts';
import { clearAttempts, returnAttempt, takeAttempt } from './sign-in-attempt-store.ts';
import { BUDGETS, type Budget, mustWait, PER_USE } from './sign-in-budgets.ts';
import { findSecondFactorUser } from './two-factor-challenge.ts';

/** What a try was counted on. */
interface Taken {
  budget: Budget;
  subject: string;
}

type Outcome = 'succeeded' | 'failed' | 'not_tried';

const SERVER_ERROR = 500;

/**
 * Counts every try at a secret before it is checked: on the address it comes from, and on the account it is for. What stands for
 * the account is its known device or its session, where there is one, so that strangers who guess do not lock the owner out.
 */
export class SignInAttempts implements AuthHook {
  readonly #db: Db;
  readonly #devices: KnownDevices;
  /** What the running requests were counted on. */
  readonly #taken = new WeakMap<Request, readonly Taken[]>();

  constructor({ db, devices }: { db: Db; devices: KnownDevices }) {
    this.#db = db;
    this.#devices = devices;
  }

  async before(context: HookContext): Promise<void> {
    // Without a request it is api itself that calls.
    if (!context.request) return;
    const guess = findEndpoint(context.path)?.guess;
    if (guess === undefined || guess.secret === 'nothing') return;
    const subjects = await this.#subjectsOf(guess, context);
    const taken: Taken[] = [];
    for (const one of subjects) {
      const seconds = await takeAttempt(this.#db, one.budget, one.subject);
      if (seconds > 0) {
        await this.#settle(taken, 'not_tried');
        throw mustWait(one.budget, seconds);
      }
      taken.push(one);
    }
    this.#taken.set(context.request, taken);
  }

  async after(context: HookContext): Promise<void> {
    const taken = context.request && this.#taken.get(context.request);
    if (taken) await this.#settle(taken, outcomeOf(context));
  }

  /** Of an account, whose owner has proven to be back. */
  async forget(email: string): Promise<void> {
    await clearAttempts(this.#db, subjectOn(BUDGETS.account, this.#devices.accountKey(email)));
  }

  async #subjectsOf(guess: Guess, context: HookContext): Promise<Taken[]> {
    const network = networkOf(context.request?.headers.get(ADDRESS_HEADER) ?? 'unknown');
    const on = (budget: Budget, key: string) => ({ budget, subject: subjectOn(budget, key) });
    const email: unknown = context.body?.email;
    if (guess.secret === 'new_account') return [on(BUDGETS.signUp, network)];
    if (guess.secret === 'mail') {
      const to = this.#devices.accountKey(typeof email === 'string' ? email : '');
      return [on(BUDGETS.mailFromAddress, network), on(BUDGETS.mailToAddress, to)];
    }
    const address = on(BUDGETS.address, network);
    if (guess.secret === 'random') return [address];
    if (guess.secret !== 'password') {
      const userId = await findSecondFactorUser(context);
      if (userId === undefined) return [address];
      // Nobody is let through as a known device: who has the password can make any number of those.
      const code = on(BUDGETS.secondFactor, userId);
      if (guess.secret === 'second_factor') return [address, code];
      return [...(await this.#onSession(address, context, on)), code];
    }
    if (guess.of === 'session') return this.#onSession(address, context, on);
    if (typeof email !== 'string') return [address];
    const device = this.#devices.recognise(context.getCookie(DEVICE_COOKIE), email);
    if (device !== undefined) return [address, on(BUDGETS.device, device)];
    return [address, on(BUDGETS.account, this.#devices.accountKey(email))];
  }

  /** Without a session no password is checked. */
  async #onSession(
    address: Taken,
    context: HookContext,
    on: (budget: Budget, key: string) => Taken,
  ): Promise<Taken[]> {
    const session = await getSessionFromCtx(context);
    return session === null ? [] : [address, on(BUDGETS.session, session.session.id)];
  }

  async #settle(taken: readonly Taken[], outcome: Outcome): Promise<void> {
    if (outcome === 'failed') return;
    for (const { budget, subject } of taken) {
      if (outcome === 'not_tried') await returnAttempt(this.#db, subject);
      else if (budget.name === BUDGETS.address.name) await returnAttempt(this.#db, subject);
      else if (!PER_USE.includes(budget)) await clearAttempts(this.#db, subject);
    }
  }
}

function subjectOn(budget: Budget, key: string): string {
  return `${budget.name}:${key}`;
}

/** An address that succeeds gets its one try back, not all of them: guessers have accounts of their own. */
function outcomeOf(context: HookContext): Outcome {
  const { returned, newSession } = context.context;
  if (!isAPIError(returned)) return 'succeeded';
  // A redirect ends the sign-in with a provider, well or badly.
  if (newSession !== null) return 'succeeded';
  // The password was right; only the address waits for its proof.
  if (returned.body?.code === 'EMAIL_NOT_VERIFIED') return 'succeeded';
  return returned.statusCode >= SERVER_ERROR ? 'not_tried' : 'failed';
}
