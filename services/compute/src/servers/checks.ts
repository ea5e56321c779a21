import type { ServerCheck } from '@podex/contracts/servers';
import type { BreakerState } from '../docker/circuit-breaker.ts';

type Name = ServerCheck['name'];

export function pass(name: Name, detail: string): ServerCheck {
  return { name, ok: true, detail };
}

/** It holds, but not for long, or less well than it should. */
export function warn(name: Name, detail: string): ServerCheck {
  return { name, ok: true, warning: true, detail };
}

/** `detail` says cause and cure. */
export function fail(name: Name, detail: string): ServerCheck {
  return { name, ok: false, detail };
}

/** Why the server cannot be used; else what needs attention; null when there is neither. */
export function reasonOf(checks: readonly ServerCheck[]): string | null {
  const worst = checks.find(({ ok }) => !ok) ?? checks.find(({ warning }) => warning);
  return worst?.detail ?? null;
}

export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Nothing while calls get through. */
export function heldBackCheck(state: BreakerState): ServerCheck[] {
  if (state === 'closed') return [];
  const detail =
    'Held back, since several in a row got no response; one is tried now and then, and the first response lets all through again. ' +
    'Check the load of the machine and the log of its Docker engine, and restart the engine when it hangs.';
  return [fail('calls', detail)];
}
