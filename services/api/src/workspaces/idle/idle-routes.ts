import { workspaceId } from '@podex/contracts/ids';
import {
  activeInput,
  claimIdleInput,
  type claimIdleResult,
  observeIdleInput,
} from '@podex/contracts/internal/compute';
import { keepAliveWorkspace } from '@podex/contracts/routes/workspace-routes';
import type { z } from 'zod';
import { callOf } from '../../calls/call.ts';
import type { ApiApp } from '../../http/api-app.ts';
import type { InternalApp } from '../../http/internal-app.ts';
import type { IdleStops } from './idle-stops.ts';

export function addIdleRoutes(app: ApiApp, idleStops: IdleStops): void {
  app.openapi(keepAliveWorkspace, async (context) => {
    const { workspace_id: id } = context.req.valid('param');
    return context.json(await idleStops.keepAlive(id, context.req.valid('json') ?? {}, callOf(context)), 200);
  });
}

/** `/internal/workspaces/…/idle`: the protocol with compute. */
export function addIdleWorkRoutes(app: InternalApp, idleStops: IdleStops): void {
  app.post('/internal/workspaces/active', async (context) => {
    await idleStops.touch(activeInput.parse(await context.req.json()).workspace_ids);
    return context.body(null, 204);
  });

  app.post('/internal/workspaces/idle/claim', async (context) => {
    const items = await idleStops.claim(claimIdleInput.parse(await context.req.json()));
    return context.json({ items } satisfies z.input<typeof claimIdleResult>);
  });

  app.post('/internal/workspaces/:id/idle', async (context) => {
    const id = workspaceId.parse(context.req.param('id'));
    const { in_use: isInUse } = observeIdleInput.parse(await context.req.json());
    await idleStops.decide(id, { isInUse });
    return context.body(null, 204);
  });
}
