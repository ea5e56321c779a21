import { PodexError } from '@podex/contracts/errors';

/** How many failed tries somebody has before the next ones must wait 1, 2, 4 … seconds. */
export interface Budget {
  name: string;
  /** Failures without a wait. */
  free: number;
  /** After so long, one failure is forgiven. */
  forgivenEveryMs: number;
  /** Begins the error’s message. */
  refusal: string;
}

/** No wait is longer. */
export const WAIT_MAX_SECONDS = 15 * 60;
/** Longer than any budget takes to forgive everything: a row without a change for so long says nothing any more. */
export const FORGOTTEN_AFTER_HOURS = 24;

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

export const BUDGETS = {
  /** Guessing one account’s password, from anywhere. */
  account: {
    name: 'account',
    free: 10,
    forgivenEveryMs: 10 * MINUTE_MS,
    refusal: 'Too many failed sign-ins to this account.',
  },
  /** The same from a browser that has signed in to the account before: strangers cannot use it up. */
  device: {
    name: 'device',
    free: 10,
    forgivenEveryMs: 10 * MINUTE_MS,
    refusal: 'Too many failed sign-ins from this browser.',
  },
  /** Guessing the password of the account that a session belongs to. */
  session: {
    name: 'session',
    free: 10,
    forgivenEveryMs: 10 * MINUTE_MS,
    refusal: 'Too many wrong passwords in this session.',
  },
  /** Guessing one person’s codes, by somebody who has the password. Only a right code clears it. */
  secondFactor: {
    name: 'second-factor',
    free: 10,
    forgivenEveryMs: 10 * MINUTE_MS,
    refusal: 'Too many wrong codes for this account.',
  },
  /** Guessing many accounts’ passwords from one place. */
  address: {
    name: 'address',
    free: 60,
    forgivenEveryMs: MINUTE_MS,
    refusal: 'Too many failed sign-ins from your network.',
  },
  /** Every sign-up counts, also one that succeeds. */
  signUp: {
    name: 'sign-up',
    free: 100,
    forgivenEveryMs: 6 * SECOND_MS,
    refusal: 'Too many accounts were created from your network.',
  },
  /** Mails that people who are not signed in have sent; each counts. */
  mailFromAddress: {
    name: 'mail-from',
    free: 20,
    forgivenEveryMs: MINUTE_MS,
    refusal: 'Too many emails were asked for from your network.',
  },
  /** The same to one address, whether it has an account or not. */
  mailToAddress: {
    name: 'mail-to',
    free: 5,
    forgivenEveryMs: 10 * MINUTE_MS,
    refusal: 'Too many emails were asked for with this address.',
  },
} as const satisfies Record<string, Budget>;

/** Where every use counts, also one that succeeds. */
export const PER_USE: readonly Budget[] = [BUDGETS.signUp, BUDGETS.mailFromAddress, BUDGETS.mailToAddress];

/** The error of a try that has to wait. */
export function mustWait(budget: Budget, waitSeconds: number): PodexError<'rate_limited'> {
  const seconds = Math.max(1, Math.ceil(waitSeconds));
  const unit = seconds === 1 ? 'second' : 'seconds';
  return new PodexError('rate_limited', `${budget.refusal} Try again in ${seconds} ${unit}.`, {
    retry_after_seconds: seconds,
  });
}
