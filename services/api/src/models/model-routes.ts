import { listModels } from '@podex/contracts/routes/conversation-routes';
import type { ApiApp } from '../http/api-app.ts';
import type { ModelService } from './models.ts';

export function addModelRoutes(app: ApiApp, models: ModelService): void {
  app.openapi(listModels, async (context) => context.json(await models.list(), 200));
}
