import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';
import { waitUntil } from './waiting.ts';

describe('the metrics of a service', () => {
  it('tell of a delay of the event loop, and tell it once', async () => {
    const registry = createMetrics('test');
    const readMax = async () =>
      (await registry.getSingleMetric('nodejs_eventloop_lag_max_seconds')?.get())?.values[0]?.value;
    expect(await registry.metrics()).toContain('nodejs_eventloop_lag_p99_seconds{service="test"}');
    const busyUntilMs = performance.now() + 1_500;
    while (performance.now() < busyUntilMs);
    const seconds = await waitUntil(
      async () => {
        const max = await readMax();
        return max !== undefined && max > 0.2 ? max : undefined;
      },
      { timeoutMs: 5_000, everyMs: 20 },
    );
    expect(seconds).toBeLessThan(5);
    expect(await readMax()).toBeLessThan(seconds);
  });
});
