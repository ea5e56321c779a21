import { listAllUsage, listUsage } from '@podex/contracts/routes/usage-routes';
import { callOf } from '../calls/call.ts';
import type { ApiApp } from '../http/api-app.ts';
import type { UsageService } from './usage-service.ts';

export function addUsageRoutes(app: ApiApp, usage: UsageService): void {
  app.openapi(listUsage, async (context) =>
    context.json(await usage.listOwn(context.req.valid('query'), callOf(context)), 200),
  );

  app.openapi(listAllUsage, async (context) =>
    context.json(await usage.listAll(context.req.valid('query')), 200),
  );
}
