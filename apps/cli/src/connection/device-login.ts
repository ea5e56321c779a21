import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { createdToken, type ScopePreset } from '@podex/contracts/accounts';
import { type CreatedDeviceCode, createdDeviceCode } from '@podex/contracts/devices';
import { PodexError } from '@podex/contracts/errors';
import { CliError } from '../cli-error.ts';
import type { AskApi } from './api-request.ts';

const NAME_MAX = 60;

/** @returns the codes: one for the person, one for `waitForToken`. */
export function beginDeviceLogin(ask: AskApi, scope: ScopePreset): Promise<CreatedDeviceCode> {
  const body = { client_name: `podex on ${hostname()}`.slice(0, NAME_MAX), scope };
  return ask({ method: 'POST', path: '/api/device/code', body, schema: createdDeviceCode });
}

/**
 * Asks until the person has decided, no more often than api says.
 *
 * @returns the secret of the token.
 * @throws CliError when it was denied, or nobody decided in time; the reason of `signal` when it is aborted.
 */
export async function waitForToken(
  ask: AskApi,
  code: CreatedDeviceCode,
  signal: AbortSignal,
): Promise<string> {
  let seconds = code.interval;
  for (;;) {
    await setTimeout(seconds * 1000, undefined, { signal });
    try {
      const body = { device_code: code.device_code };
      const { secret } = await ask({
        method: 'POST',
        path: '/api/device/token',
        body,
        schema: createdToken,
        signal,
      });
      return secret;
    } catch (error) {
      seconds = secondsToWait(error, seconds);
    }
  }
}

/** How long until the next try; throws when there is none. */
function secondsToWait(error: unknown, seconds: number): number {
  const cause = error instanceof CliError ? error.cause : undefined;
  if (PodexError.has(cause, 'authorization_pending') || PodexError.has(cause, 'slow_down')) {
    return cause.context.interval_seconds;
  }
  if (PodexError.has(cause, 'rate_limited')) return cause.context.retry_after_seconds;
  if (PodexError.has(cause, 'access_denied')) {
    throw new CliError('The sign-in was denied on the page', { cause });
  }
  if (PodexError.has(cause, 'expired_token')) {
    throw new CliError('The code was not approved in time', { cure: 'podex login', cause });
  }
  // Api restarts, or the network is gone for a moment: the code stays good.
  if (error instanceof CliError && !PodexError.isInstance(cause)) return seconds;
  throw error;
}
