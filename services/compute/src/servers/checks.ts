import type { ServerCheck } from '@podex/contracts/servers';

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
