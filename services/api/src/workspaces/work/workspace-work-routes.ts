import { workspaceId } from '@podex/contracts/ids';
import {
  claimWorkspacesInput,
  type claimWorkspacesResult,
  daemonsInput,
  type daemonsResult,
  environmentInput,
  hungInput,
  observeInput,
  releaseLeasesInput,
  reserveInput,
  type workspaceEnvironment,
} from '@podex/contracts/internal/compute';
import type { z } from 'zod';
import type { InternalApp } from '../../http/internal-app.ts';
import type { WorkspaceWork } from './workspace-work.ts';

/** `/internal/workspaces/…`: the protocol with compute. */
export function addWorkspaceWorkRoutes(app: InternalApp, work: WorkspaceWork): void {
  app.post('/internal/workspaces/claim', async (context) => {
    const input = claimWorkspacesInput.parse(await context.req.json());
    const items = await work.claim(input, context.req.raw.signal);
    return context.json({ items } satisfies z.input<typeof claimWorkspacesResult>);
  });

  app.post('/internal/workspaces/release', async (context) => {
    await work.release(releaseLeasesInput.parse(await context.req.json()));
    return context.body(null, 204);
  });

  app.post('/internal/workspaces/daemons', async (context) => {
    const taken = await work.daemons(daemonsInput.parse(await context.req.json()));
    return context.json({ taken } satisfies z.input<typeof daemonsResult>);
  });

  app.post('/internal/workspaces/:id/reserve', async (context) => {
    const id = workspaceId.parse(context.req.param('id'));
    await work.reserve(id, reserveInput.parse(await context.req.json()));
    return context.body(null, 204);
  });

  app.post('/internal/workspaces/:id/environment', async (context) => {
    const id = workspaceId.parse(context.req.param('id'));
    const environment = await work.environment(id, environmentInput.parse(await context.req.json()));
    return context.json(environment satisfies z.input<typeof workspaceEnvironment>);
  });

  app.post('/internal/workspaces/:id/hung', async (context) => {
    const id = workspaceId.parse(context.req.param('id'));
    await work.hung(id, hungInput.parse(await context.req.json()));
    return context.body(null, 204);
  });

  app.post('/internal/workspaces/:id/observe', async (context) => {
    const id = workspaceId.parse(context.req.param('id'));
    await work.observe(id, observeInput.parse(await context.req.json()));
    return context.body(null, 204);
  });
}
