import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The first requests come first. */
const AFTER_MS = 5_000;

/**
 * Collects once what loading the code has left, which is more than all that a quiet service keeps: V8 has no reason of its own to look for
 * it, and gives memory back to the machine only some seconds after it has looked. Takes about a tenth of a second.
 */
export function collectStartGarbage(): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    setFlagsFromString('--no-expose-gc');
    if (typeof collect === 'function') collect();
  }, AFTER_MS).unref();
}
