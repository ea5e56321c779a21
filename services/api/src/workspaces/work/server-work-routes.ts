import { serverId } from '@podex/contracts/ids';
import {
  localServerInput,
  type localServerResult,
  observeContainersInput,
  type observeContainersResult,
  observeServerInput,
  type observeServerResult,
  type serverNews,
  serverNewsQuery,
  serverProgressInput,
  type serverSnapshot,
  serverSnapshotQuery,
} from '@podex/contracts/internal/compute';
import { slotKey } from '@podex/contracts/internal/pool';
import type { z } from 'zod';
import type { InternalApp } from '../../http/internal-app.ts';
import type { ServerWork } from './server-work.ts';

/** `/internal/servers/…`: the protocol with compute. */
export function addServerWorkRoutes(app: InternalApp, work: ServerWork): void {
  app.get('/internal/servers', async (context) => {
    const { worker_id: workerId } = serverSnapshotQuery.parse(context.req.query());
    return context.json((await work.snapshot(workerId)) satisfies z.input<typeof serverSnapshot>);
  });

  app.get('/internal/servers/news', async (context) => {
    const { wait_ms: waitMs } = serverNewsQuery.parse(context.req.query());
    const changed = await work.news(waitMs, context.req.raw.signal);
    return context.json({ changed } satisfies z.output<typeof serverNews>);
  });

  app.put('/internal/servers/local', async (context) => {
    const id = await work.putLocal(localServerInput.parse(await context.req.json()));
    return context.json({ server_id: id } satisfies z.output<typeof localServerResult>);
  });

  app.post('/internal/servers/:id/observe', async (context) => {
    const id = serverId.parse(context.req.param('id'));
    const taken = await work.observe(id, observeServerInput.parse(await context.req.json()));
    return context.json({ taken } satisfies z.output<typeof observeServerResult>);
  });

  app.post('/internal/servers/:id/progress', async (context) => {
    const id = serverId.parse(context.req.param('id'));
    await work.reportProgress(id, serverProgressInput.parse(await context.req.json()));
    return context.body(null, 204);
  });

  app.delete('/internal/leftovers/:key', async (context) => {
    await work.forgetLeftover(slotKey.parse(context.req.param('key')));
    return context.body(null, 204);
  });

  app.post('/internal/servers/:id/containers', async (context) => {
    const id = serverId.parse(context.req.param('id'));
    const seen = await work.observeContainers(id, observeContainersInput.parse(await context.req.json()));
    return context.json(seen satisfies z.input<typeof observeContainersResult>);
  });
}
