import type { Health } from '@podex/contracts/health';
import { createHealthReporter, type DependencyCheck, type HealthReporter } from '@podex/service-kit/health';

export interface ApiHealthOptions {
  version: string;
  /** Without these api cannot do its work: they decide whether it is well. */
  needed: Record<string, DependencyCheck>;
  /** Other services: shown, but api works on without them. */
  shown: Record<string, DependencyCheck>;
}

export function createApiHealth({ version, needed, shown }: ApiHealthOptions): HealthReporter {
  const own = createHealthReporter({ service: 'api', version, dependencies: needed });
  const others = createHealthReporter({ service: 'api', version, dependencies: shown });
  return {
    ...own,
    async report(): Promise<Health> {
      const [report, beside] = await Promise.all([own.report(), others.report()]);
      return { ...report, dependencies: { ...report.dependencies, ...beside.dependencies } };
    },
  };
}

/** Asks another service’s `/health`. Resolves with its version; throws when it doesn’t report that it is well. */
export function serviceCheck(baseUrl: string): DependencyCheck {
  return async (signal) => {
    const response = await fetch(new URL('/health', baseUrl), { signal });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`answered ${response.status}`);
    return undefined;
  };
}
