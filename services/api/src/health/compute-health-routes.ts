import { computeHealth } from '@podex/contracts/health';
import { getComputeHealth } from '@podex/contracts/routes/service-routes';
import type { z } from 'zod';
import type { Db } from '../database/connect.ts';
import type { ApiApp } from '../http/api-app.ts';
import { listAllServers } from '../servers/server-store.ts';
import { shownServerStatus } from '../servers/server-view.ts';

const TIMEOUT_MS = 5_000;

type ComputeHealth = z.infer<typeof computeHealth>;

/** What compute says of itself and its servers; when it is silent, that, with the servers as they were last seen. */
export function addComputeHealthRoute(app: ApiApp, options: { db: Db; computeUrl: string }): void {
  app.openapi(getComputeHealth, async (context) => {
    const report = (await askCompute(options.computeUrl)) ?? (await reportSilence(options.db));
    return context.json(report, report.ok ? 200 : 503);
  });
}

async function askCompute(computeUrl: string): Promise<ComputeHealth | undefined> {
  try {
    const response = await fetch(new URL('/health', computeUrl), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return computeHealth.safeParse(await response.json()).data;
  } catch {
    // Its silence is the answer that the caller reports.
    return undefined;
  }
}

async function reportSilence(db: Db): Promise<ComputeHealth> {
  const servers = await listAllServers(db);
  return {
    ok: false,
    service: 'compute',
    version: 'unknown',
    uptime_seconds: 0,
    dependencies: { compute: { ok: false, detail: 'the compute service does not answer' } },
    servers: servers.map((server) => ({
      id: server.id,
      name: server.name,
      status: shownServerStatus(server),
      reason: server.reason,
    })),
  };
}
