import { expect } from 'vitest';

/** Long enough for a machine that is busy with other things; a test that passes never waits for it. */
const TIMEOUT_MS = 20_000;

/** `await eventually(() => value).toEqual(…)`: asks again until it holds. */
export function eventually<Value>(probe: () => Value | Promise<Value>) {
  return expect.poll(probe, { timeout: TIMEOUT_MS, interval: 20 });
}
