import { createMetrics } from '@podex/service-kit/metrics';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CallObserver } from '../docker/client.ts';
import type { CertificateExpiry } from '../servers/certificate-watch.ts';

const ENGINE_SECONDS = [0.005, 0.02, 0.1, 0.3, 1, 3, 10, 30];
const STEP_SECONDS = [0.1, 0.3, 1, 2, 5, 10, 20];

export interface ComputeMetrics {
  registry: Registry;
  observeEngineCall: CallObserver;
  observeOutcome: (desired: string, status: string, durationMs: number) => void;
  countStart: (from: string) => void;
}

export interface Figures {
  serversByStatus: () => Record<string, number>;
  certificateExpiries: () => readonly CertificateExpiry[];
  runningContainers: () => number;
  openLinks: () => number;
  slotsByStatus: () => Record<string, number>;
}

/** Compute’s own figures beside those of the process. Gauges are read at each scrape. */
export function createComputeMetrics(figures: Figures): ComputeMetrics {
  const registry = createMetrics('compute');
  const registers = [registry];
  const engineCalls = new Histogram({
    name: 'podex_engine_call_seconds',
    help: 'Calls to Docker engines',
    labelNames: ['call', 'outcome'],
    buckets: ENGINE_SECONDS,
    registers,
  });
  const outcomes = new Histogram({
    name: 'podex_workspace_step_seconds',
    help: 'Work on one workspace under one lease',
    labelNames: ['desired', 'status'],
    buckets: STEP_SECONDS,
    registers,
  });
  new Gauge({
    name: 'podex_servers',
    help: 'Workspace servers by what this compute sees of them',
    labelNames: ['status'],
    registers,
    collect() {
      this.reset();
      for (const [status, count] of Object.entries(figures.serversByStatus())) this.set({ status }, count);
    },
  });
  new Gauge({
    name: 'podex_server_certificate_expires_seconds',
    help: 'Seconds until a certificate of the connection to a server expires; side is client or server',
    labelNames: ['server', 'side'],
    registers,
    collect() {
      this.reset();
      for (const { server, side, expiresAt } of figures.certificateExpiries()) {
        this.set({ server, side }, Math.round((expiresAt.getTime() - Date.now()) / 1000));
      }
    },
  });
  new Gauge({
    name: 'podex_running_containers',
    help: 'Workspace containers that run',
    registers,
    collect() {
      this.set(figures.runningContainers());
    },
  });
  new Gauge({
    name: 'podex_open_links',
    help: 'Links into containers',
    registers,
    collect() {
      this.set(figures.openLinks());
    },
  });
  new Gauge({
    name: 'podex_pool_slots',
    help: 'Slots of the warm pool by status',
    labelNames: ['status'],
    registers,
    collect() {
      for (const [status, count] of Object.entries(figures.slotsByStatus())) this.set({ status }, count);
    },
  });
  const starts = new Counter({
    name: 'podex_workspace_starts_total',
    help: 'First starts of workspaces: from the warm pool, or cold',
    labelNames: ['from'],
    registers,
  });
  return {
    registry,
    countStart: (from) => starts.inc({ from }),
    observeEngineCall: (call, durationMs, outcome) =>
      engineCalls.observe({ call, outcome }, durationMs / 1000),
    observeOutcome: (desired, status, durationMs) => outcomes.observe({ desired, status }, durationMs / 1000),
  };
}
