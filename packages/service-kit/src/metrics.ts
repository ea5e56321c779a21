import { collectDefaultMetrics, Registry } from 'prom-client';

/** The service’s own registry: process figures at once, its own counters and histograms as its modules add them. */
export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}
