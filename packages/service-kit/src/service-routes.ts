import type { Hono } from 'hono';
import type { Registry } from 'prom-client';
import type { HealthReporter } from './health.ts';
import type { HttpEnv } from './http-app.ts';

/** `GET /health`, `/ready` and `/metrics`, alike on every service. */
export function addServiceRoutes<E extends HttpEnv>(
  app: Hono<E>,
  health: HealthReporter,
  metrics: Registry,
): void {
  app.get('/health', async (context) => {
    const report = await health.report();
    return context.json(report, report.ok ? 200 : 503);
  });
  app.get('/ready', async (context) => {
    const report = await health.report();
    const ready = report.ok && !health.isStopping();
    return context.json({ ...report, ok: ready }, ready ? 200 : 503);
  });
  app.get('/metrics', async (context) =>
    context.body(await metrics.metrics(), 200, { 'content-type': metrics.contentType }),
  );
}
