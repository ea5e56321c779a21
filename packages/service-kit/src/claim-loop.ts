import type { Background } from './background.ts';

/** Work is claimed again soon after api comes back. */
const MAX_CLAIM_PAUSE_MS = 3000;

export interface ClaimLoopOptions<Item> {
  /** Names the loop and its items in the log. */
  name: string;
  background: Background;
  maxConcurrent: number;
  /** Claims at most `room` items. It waits by itself (a long poll) while there are none. */
  claim(room: number, signal: AbortSignal): Promise<readonly Item[]>;
  /** Works on one item and releases its lease. The signal aborts when the service stops. */
  run(item: Item, signal: AbortSignal): Promise<void>;
}

/** Claims items one long poll at a time and runs at most `maxConcurrent` of them at once, until the background stops. */
export function startClaimLoop<Item>(options: ClaimLoopOptions<Item>): void {
  const { name, background, maxConcurrent, claim, run } = options;
  let running = 0;
  let onRoom: (() => void) | undefined;
  background.signal.addEventListener('abort', () => onRoom?.(), { once: true });

  async function waitForRoom(signal: AbortSignal): Promise<void> {
    while (running >= maxConcurrent && !signal.aborted) {
      await new Promise<void>((resolve) => {
        onRoom = resolve;
      });
    }
  }

  function begin(item: Item): void {
    running += 1;
    background.run(name, (signal) =>
      run(item, signal).finally(() => {
        running -= 1;
        onRoom?.();
      }),
    );
  }

  background.loop(
    `${name}.claim`,
    async (signal) => {
      await waitForRoom(signal);
      signal.throwIfAborted();
      for (const item of await claim(maxConcurrent - running, signal)) begin(item);
    },
    { maxPauseMs: MAX_CLAIM_PAUSE_MS },
  );
}
