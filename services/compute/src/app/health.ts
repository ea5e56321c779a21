import type { computeHealth } from '@podex/contracts/health';
import type { HealthReporter } from '@podex/service-kit/health';
import type { z } from 'zod';
import type { ServerRegistry } from '../servers/server-registry.ts';

type ComputeHealth = z.infer<typeof computeHealth>;

/** The report of every service, and each workspace server. A server that is down does not make compute unwell. */
export function withServers(reporter: HealthReporter, servers: ServerRegistry): HealthReporter {
  return {
    ...reporter,
    async report(): Promise<ComputeHealth> {
      const report = await reporter.report();
      return {
        ...report,
        servers: servers.list().map(({ record, health }) => ({
          id: record.id,
          name: record.name,
          status: shownStatus(record.status, health.status),
          reason: health.reason,
        })),
      };
    },
  };
}

/** What this compute observes; the operator’s decision takes precedence while the server is ready. */
function shownStatus(registered: string, seen: string): string {
  const isHeldBack = registered === 'draining' || registered === 'maintenance';
  return isHeldBack && seen === 'ready' ? registered : seen;
}
