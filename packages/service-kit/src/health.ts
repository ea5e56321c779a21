import type { DependencyHealth, Health } from '@podex/contracts/health';
import { within } from './waiting.ts';

const CHECK_TIMEOUT_MS = 3_000;

/** Resolves with a detail, or with nothing, when the dependency works; throws when it does not. */
export type DependencyCheck = (signal: AbortSignal) => Promise<string | undefined>;

export interface HealthOptions {
  service: string;
  version: string;
  /** Without any of these the service cannot do its work. */
  dependencies: Record<string, DependencyCheck>;
}

export interface HealthReporter {
  report(): Promise<Health>;
  /** From now on `/ready` says no, so that a balancer stops sending requests. */
  startStopping(): void;
  isStopping(): boolean;
}

/** Truly asks each dependency, all at once and each for at most 3 seconds. */
export function createHealthReporter(options: HealthOptions): HealthReporter {
  const startedAt = performance.now();
  let stopping = false;
  return {
    async report() {
      const entries = await Promise.all(
        Object.entries(options.dependencies).map(
          async ([name, check]) => [name, await checkOne(check)] as const,
        ),
      );
      return {
        ok: entries.every(([, dependency]) => dependency.ok),
        service: options.service,
        version: options.version,
        uptime_seconds: Math.round((performance.now() - startedAt) / 1000),
        dependencies: Object.fromEntries(entries),
      };
    },
    startStopping() {
      stopping = true;
    },
    isStopping: () => stopping,
  };
}

async function checkOne(check: DependencyCheck): Promise<DependencyHealth> {
  const startedAt = performance.now();
  try {
    const detail = await within({ timeoutMs: CHECK_TIMEOUT_MS }, check);
    const latency = Math.round((performance.now() - startedAt) * 10) / 10;
    return { ok: true, latency_ms: latency, ...(detail === undefined ? {} : { detail }) };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}
