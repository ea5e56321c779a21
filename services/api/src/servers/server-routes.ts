import { drainServerInput } from '@podex/contracts/moves';
import {
  activateServer,
  checkServer,
  createServer,
  deleteServer,
  drainServer,
  getCapacity,
  getServer,
  listRegions,
  listServers,
  updateServer,
} from '@podex/contracts/routes/server-routes';
import { callOf } from '../calls/call.ts';
import type { ApiApp } from '../http/api-app.ts';
import type { ServerService } from './servers.ts';

export function addServerRoutes(app: ApiApp, servers: ServerService): void {
  app.openapi(createServer, async (context) => {
    const input = context.req.valid('json');
    return context.json(await servers.create(input, callOf(context, input)), 201);
  });

  app.openapi(listServers, async (context) => {
    return context.json(await servers.list(context.req.valid('query')), 200);
  });

  // Before the route of one server, whose pattern matches this path too.
  app.openapi(getCapacity, async (context) => context.json(await servers.capacity(), 200));

  app.openapi(listRegions, async (context) => context.json({ regions: await servers.regions() }, 200));

  app.openapi(getServer, async (context) => {
    return context.json(await servers.get(context.req.valid('param').server_id), 200);
  });

  app.openapi(updateServer, async (context) => {
    const { server_id: id } = context.req.valid('param');
    return context.json(await servers.update(id, context.req.valid('json'), callOf(context)), 200);
  });

  app.openapi(deleteServer, async (context) => {
    const { server_id: id } = context.req.valid('param');
    await servers.delete(id, context.req.valid('query'), callOf(context));
    return context.body(null, 204);
  });

  app.openapi(checkServer, async (context) => {
    const { server_id: id } = context.req.valid('param');
    const accepts = context.req.valid('query').accept_engine === 'true';
    return context.json(await servers.check(id, accepts, callOf(context)), 200);
  });

  app.openapi(drainServer, async (context) => {
    const { server_id: id } = context.req.valid('param');
    // A request without a body is not read at all.
    const input = drainServerInput.parse(context.req.valid('json'));
    return context.json(await servers.drain(id, input, callOf(context)), 200);
  });

  app.openapi(activateServer, async (context) => {
    return context.json(await servers.activate(context.req.valid('param').server_id, callOf(context)), 200);
  });
}
