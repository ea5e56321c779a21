import { workspaceId } from '@podex/contracts/ids';
import {
  type claimSetupsResult,
  claimWorkspacesInput,
  observeSetupInput,
} from '@podex/contracts/internal/compute';
import { retrySetup } from '@podex/contracts/routes/workspace-routes';
import type { z } from 'zod';
import { callOf } from '../../calls/call.ts';
import type { ApiApp } from '../../http/api-app.ts';
import type { InternalApp } from '../../http/internal-app.ts';
import type { Setups } from './setups.ts';

export function addSetupRoutes(app: ApiApp, setups: Setups): void {
  app.openapi(retrySetup, async (context) => {
    const { workspace_id: id } = context.req.valid('param');
    return context.json(await setups.retry(id, callOf(context)), 200);
  });
}

/** `/internal/workspaces/…/setup`: the protocol with compute. */
export function addSetupWorkRoutes(app: InternalApp, setups: Setups): void {
  app.post('/internal/workspaces/setups/claim', async (context) => {
    const input = claimWorkspacesInput.parse(await context.req.json());
    const items = await setups.claim(input, context.req.raw.signal);
    return context.json({ items } satisfies z.input<typeof claimSetupsResult>);
  });

  app.post('/internal/workspaces/:id/setup', async (context) => {
    const id = workspaceId.parse(context.req.param('id'));
    await setups.observe(id, observeSetupInput.parse(await context.req.json()));
    return context.body(null, 204);
  });
}
