import {
  getTeamQuotas,
  getUserQuotas,
  listQuotas,
  updateTeamQuotas,
  updateUserQuotas,
} from '@podex/contracts/routes/quota-routes';
import { callOf } from '../calls/call.ts';
import type { ApiApp } from '../http/api-app.ts';
import type { Holder } from './holder.ts';
import type { QuotaService } from './quota-service.ts';

export function addQuotaRoutes(app: ApiApp, quotas: QuotaService): void {
  app.openapi(listQuotas, async (context) => {
    return context.json(await quotas.listOwn(callOf(context)), 200);
  });

  app.openapi(getUserQuotas, async (context) => {
    const { user_id: id } = context.req.valid('param');
    return context.json(await quotas.get({ kind: 'user', id, isCaller: false }), 200);
  });

  app.openapi(updateUserQuotas, async (context) => {
    const { user_id: id } = context.req.valid('param');
    const holder: Holder = { kind: 'user', id, isCaller: false };
    return context.json(await quotas.update(holder, context.req.valid('json'), callOf(context)), 200);
  });

  app.openapi(getTeamQuotas, async (context) => {
    const { team_id: id } = context.req.valid('param');
    return context.json(await quotas.get({ kind: 'team', id }), 200);
  });

  app.openapi(updateTeamQuotas, async (context) => {
    const { team_id: id } = context.req.valid('param');
    const holder: Holder = { kind: 'team', id };
    return context.json(await quotas.update(holder, context.req.valid('json'), callOf(context)), 200);
  });
}
