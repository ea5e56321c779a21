import { listWaitingWorkspaces } from '@podex/contracts/routes/waiting-routes';
import type { ApiApp } from '../../http/api-app.ts';
import type { Waiting } from './waiting.ts';

export function addWaitingRoutes(app: ApiApp, waiting: Waiting): void {
  app.openapi(listWaitingWorkspaces, async (context) => {
    return context.json(await waiting.list(context.req.valid('query')), 200);
  });
}
