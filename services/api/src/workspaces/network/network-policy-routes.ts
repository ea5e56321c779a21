import { serverId } from '@podex/contracts/ids';
import type { serverNetworkPolicies } from '@podex/contracts/internal/network-policies';
import { getNetworkPolicy, setNetworkPolicy } from '@podex/contracts/routes/workspace-routes';
import type { z } from 'zod';
import { callOf } from '../../calls/call.ts';
import type { ApiApp } from '../../http/api-app.ts';
import type { InternalApp } from '../../http/internal-app.ts';
import type { NetworkPolicyService } from './network-policies.ts';

export function addNetworkPolicyRoutes(app: ApiApp, policies: NetworkPolicyService): void {
  app.openapi(getNetworkPolicy, async (context) => {
    return context.json(await policies.get(context.req.valid('param').workspace_id, callOf(context)), 200);
  });

  app.openapi(setNetworkPolicy, async (context) => {
    const { workspace_id: id } = context.req.valid('param');
    const { wait_ms: waitMs } = context.req.valid('query');
    return context.json(await policies.set(id, context.req.valid('json'), waitMs, callOf(context)), 200);
  });
}

/** `/internal/servers/…/network-policies`: the protocol with compute. */
export function addNetworkPolicyWorkRoutes(app: InternalApp, policies: NetworkPolicyService): void {
  app.get('/internal/servers/:id/network-policies', async (context) => {
    const found = await policies.listOfServer(serverId.parse(context.req.param('id')));
    return context.json(found satisfies z.input<typeof serverNetworkPolicies>);
  });
}
