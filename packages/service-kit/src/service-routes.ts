import { PodexError } from '@podex/contracts/errors';
import type { Health } from '@podex/contracts/health';
import type { Hono } from 'hono';
import type { Registry } from 'prom-client';
import type { HealthReporter } from './health.ts';
import type { HttpEnv } from './http-app.ts';
import { holdsKey } from './internal-auth.ts';

export interface ServiceRoutes {
  health: HealthReporter;
  metrics: Registry;
  /** Opens `/metrics`; undefined: there is none. */
  metricsToken: string | undefined;
  /** Keys of other services of Podex, whose bearers see the detail of health as well. */
  internalKeys: readonly string[];
}

/** `GET /health`, `/ready` and `/metrics`, alike on every service. Strangers learn what works, and nothing else. */
export function addServiceRoutes<E extends HttpEnv>(app: Hono<E>, routes: ServiceRoutes): void {
  const { health, metrics, metricsToken } = routes;
  const keys = [...routes.internalKeys, ...(metricsToken === undefined ? [] : [metricsToken])];
  const show = (report: Health, authorization: string | undefined) =>
    holdsKey(authorization, keys) ? report : withoutDetail(report);

  app.get('/health', async (context) => {
    const report = await health.report();
    return context.json(show(report, context.req.header('authorization')), report.ok ? 200 : 503);
  });
  app.get('/ready', async (context) => {
    const report = await health.report();
    const ready = report.ok && !health.isStopping();
    const shown = show({ ...report, ok: ready }, context.req.header('authorization'));
    return context.json(shown, ready ? 200 : 503);
  });
  app.get('/metrics', async (context) => {
    if (metricsToken === undefined) return context.notFound();
    if (!holdsKey(context.req.header('authorization'), [metricsToken])) {
      throw new PodexError('unauthenticated', 'Send METRICS_TOKEN as bearer token to read metrics.', {});
    }
    return context.body(await metrics.metrics(), 200, { 'content-type': metrics.contentType });
  });
}

/** Which dependency works, without versions, addresses and reasons. */
export function withoutDetail({ ok, service, uptime_seconds, dependencies }: Health): Health {
  const states = Object.entries(dependencies).map(([name, dependency]) => [name, { ok: dependency.ok }]);
  return { ok, service, uptime_seconds, dependencies: Object.fromEntries(states) };
}
