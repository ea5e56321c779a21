import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { ComputeApp } from '../http/compute-app.ts';
import type { Gateway } from './gateway.ts';

/** Everything below a workspace; what it means is the daemon’s business. */
export function addGatewayRoutes(app: ComputeApp, gateway: Gateway): void {
  app.all('/workspaces/:id/*', async (context) => {
    const { incoming, outgoing } = context.env;
    await gateway.forward(context.get('requestId'), incoming, outgoing);
    return RESPONSE_ALREADY_SENT;
  });
}
