import { createMetrics } from '@podex/service-kit/metrics';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { BreakerState } from '../docker/circuit-breaker.ts';
import type { CallObserver } from '../docker/client.ts';
import type { DaemonCount } from '../runtime/daemon-updates.ts';
import type { CertificateExpiry } from '../servers/certificate-watch.ts';

const ENGINE_SECONDS = [0.005, 0.02, 0.1, 0.3, 1, 3, 10, 30];
const HELD_BACK: Readonly<Record<BreakerState, number>> = { open: 1, half_open: 0.5, closed: 0 };
const STEP_SECONDS = [0.1, 0.3, 1, 2, 5, 10, 20];

export interface ComputeMetrics {
  registry: Registry;
  observeEngineCall: CallObserver;
  observeOutcome: (desired: string, status: string, durationMs: number) => void;
  countStart: (from: string) => void;
  countOutOfMemory: (server: string) => void;
}

export interface Figures {
  serversByStatus: () => Record<string, number>;
  /** How calls to each server go. */
  heldBackServers: () => readonly { server: string; state: BreakerState }[];
  certificateExpiries: () => readonly CertificateExpiry[];
  runningContainers: () => number;
  openLinks: () => number;
  slotsByStatus: () => Record<string, number>;
  daemons: () => readonly DaemonCount[];
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
  const outOfMemory = new Counter({
    name: 'podex_out_of_memory_total',
    help: 'Times that the memory of a workspace ran out, and something in it was ended',
    labelNames: ['server'],
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
    name: 'podex_server_calls_held_back',
    help: 'Whether calls to the engine of a server are held back: 1 while they are, 0.5 while one is tried, 0 when all get through',
    labelNames: ['server'],
    registers,
    collect() {
      this.reset();
      for (const { server, state } of figures.heldBackServers()) this.set({ server }, HELD_BACK[state]);
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
  new Gauge({
    name: 'podex_daemons',
    help: 'Daemons in workspaces by what can be asked of them, and by whether they are to be updated: current, offer (soon sent newer code), at_next_start, needs_rebuild',
    labelNames: ['protocol', 'update'],
    registers,
    collect() {
      this.reset();
      for (const { protocol, standing, count } of figures.daemons())
        this.set({ protocol, update: standing }, count);
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
    countOutOfMemory: (server) => outOfMemory.inc({ server }),
    observeEngineCall: (call, durationMs, outcome) =>
      engineCalls.observe({ call, outcome }, durationMs / 1000),
    observeOutcome: (desired, status, durationMs) => outcomes.observe({ desired, status }, durationMs / 1000),
  };
}
