import { setTimeout as delay } from 'node:timers/promises';
import { type DetectedEngine, describeEngine } from './detect-engine.ts';

const POLL_INTERVAL_MS = 100;

/**
 * Waits until an engine at the socket answers and `accept`s (default: any answer will do).
 * Undefined when the time is over, or as soon as `isHopeless` says so.
 */
export async function waitForEngine(
  socketPath: string,
  options: {
    podexHome: string;
    timeoutMs: number;
    signal?: AbortSignal | undefined;
    accept?: (engine: DetectedEngine) => boolean;
    isHopeless?: () => boolean;
  },
): Promise<DetectedEngine | undefined> {
  const { podexHome, timeoutMs, signal, accept = () => true, isHopeless = () => false } = options;
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    const engine = await describeEngine(socketPath, { podexHome, ...(signal ? { signal } : {}) });
    if (engine && accept(engine)) return engine;
    if (isHopeless()) return undefined;
    await delay(POLL_INTERVAL_MS, undefined, signal ? { signal } : {});
  }
  return undefined;
}
