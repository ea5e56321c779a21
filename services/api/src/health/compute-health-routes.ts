import { computeHealth } from '@podex/contracts/health';
import { getComputeHealth } from '@podex/contracts/routes/service-routes';
import { holdsKey } from '@podex/service-kit/internal-auth';
import type { KeyList } from '@podex/service-kit/key-list';
import { withoutDetail } from '@podex/service-kit/service-routes';
import type { Context } from 'hono';
import type { z } from 'zod';
import type { Actor } from '../calls/actor.ts';
import type { ApiEnv } from '../calls/call.ts';
import type { Db } from '../database/connect.ts';
import type { ApiApp } from '../http/api-app.ts';
import { listAllServers } from '../servers/server-store.ts';
import { shownServerStatus } from '../servers/server-view.ts';

const TIMEOUT_MS = 5_000;

type ComputeHealth = z.infer<typeof computeHealth>;

export interface ComputeHealthRouteOptions {
  db: Db;
  compute: { baseUrl: string; keys: KeyList };
  metricsToken: string | undefined;
}

/**
 * What compute says of itself and its servers; when it is silent, that, with the servers as they were last seen. Strangers are told
 * whether it works: servers, reasons and versions are for admins and the bearer of METRICS_TOKEN.
 */
export function addComputeHealthRoute(app: ApiApp, options: ComputeHealthRouteOptions): void {
  app.openapi(getComputeHealth, async (context) => {
    const report = (await askCompute(options.compute)) ?? (await reportSilence(options.db));
    const shown = maySeeDetail(context, options.metricsToken) ? report : withoutDetail(report);
    return context.json(shown, report.ok ? 200 : 503);
  });
}

function maySeeDetail(context: Context<ApiEnv>, metricsToken: string | undefined): boolean {
  // The door sets no actor for a stranger.
  const actor = context.get('actor') as Actor | undefined;
  if (actor?.role === 'admin' && actor.scopes.includes('admin')) return true;
  return metricsToken !== undefined && holdsKey(context.req.header('authorization'), [metricsToken]);
}

/** Compute tells a bearer of a key that it knows of its servers: with two keys, it may know the second alone. */
async function askCompute({
  baseUrl,
  keys,
}: ComputeHealthRouteOptions['compute']): Promise<ComputeHealth | undefined> {
  let report: ComputeHealth | undefined;
  for (const key of keys) {
    report = await askComputeWith(key, baseUrl);
    if (report === undefined || report.servers !== undefined) break;
  }
  return report;
}

async function askComputeWith(key: string, baseUrl: string): Promise<ComputeHealth | undefined> {
  try {
    const response = await fetch(new URL('/health', baseUrl), {
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return computeHealth.safeParse(await response.json()).data;
  } catch {
    // Its silence is what the caller reports.
    return undefined;
  }
}

async function reportSilence(db: Db): Promise<ComputeHealth> {
  const servers = await listAllServers(db);
  return {
    ok: false,
    service: 'compute',
    uptime_seconds: 0,
    dependencies: { compute: { ok: false, detail: 'can’t reach the compute service' } },
    servers: servers.map((server) => ({
      id: server.id,
      name: server.name,
      status: shownServerStatus(server),
      reason: server.reason,
    })),
  };
}
