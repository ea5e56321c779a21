import { createHistogram, performance } from 'node:perf_hooks';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** The default metrics watch the event loop with a timer that wakes an idle process a hundred times a second: it gets no turn. */
const NEVER_MS = 2 ** 31 - 1;
/** A delay that is longer is always seen, a shorter one as often as it falls upon a look. */
const LOOK_EVERY_MS = 1_000;
const NANOSECONDS_OF_MS = 1e6;
const NANOSECONDS_OF_SECOND = 1e9;

/** The service’s own registry: process figures at once, its own counters and histograms as its modules add them. */
export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER_MS });
  replaceEventLoopDelays(registry);
  return registry;
}

/** Under the names of the default metrics, since the last time they were read: how much later than it should a timer was served. */
function replaceEventLoopDelays(registry: Registry): void {
  const delays = createHistogram();
  let dueAtMs = performance.now() + LOOK_EVERY_MS;
  setInterval(() => {
    const nowMs = performance.now();
    delays.record(Math.max(1, Math.round((nowMs - dueAtMs) * NANOSECONDS_OF_MS)));
    dueAtMs = nowMs + LOOK_EVERY_MS;
  }, LOOK_EVERY_MS).unref();
  const figures = {
    min: { help: 'The minimum recorded event loop delay.', read: () => delays.min },
    mean: { help: 'The mean of the recorded event loop delays.', read: () => delays.mean },
    stddev: { help: 'The standard deviation of the recorded event loop delays.', read: () => delays.stddev },
    p50: {
      help: 'The 50th percentile of the recorded event loop delays.',
      read: () => delays.percentile(50),
    },
    p90: {
      help: 'The 90th percentile of the recorded event loop delays.',
      read: () => delays.percentile(90),
    },
    p99: {
      help: 'The 99th percentile of the recorded event loop delays.',
      read: () => delays.percentile(99),
    },
    max: { help: 'The maximum recorded event loop delay.', read: () => delays.max },
  };
  for (const [figure, { help, read }] of Object.entries(figures)) {
    const name = `nodejs_eventloop_lag_${figure}_seconds`;
    registry.removeSingleMetric(name);
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(delays.count === 0 ? 0 : read() / NANOSECONDS_OF_SECOND);
        if (figure === 'max') delays.reset();
      },
    });
  }
}
