import { moveId } from '@podex/contracts/ids';
import { claimWorkspacesInput } from '@podex/contracts/internal/compute';
import {
  type claimMovesResult,
  moveEndInput,
  moveProgressInput,
  moveSwitchInput,
  moveTargetInput,
} from '@podex/contracts/internal/moving';
import {
  cancelMove,
  getMove,
  listServerMoves,
  listServerWorkspaces,
  moveWorkspace,
} from '@podex/contracts/routes/move-routes';
import type { z } from 'zod';
import { callOf } from '../../calls/call.ts';
import type { ApiApp } from '../../http/api-app.ts';
import type { InternalApp } from '../../http/internal-app.ts';
import type { MoveWork } from './move-work.ts';
import type { Moves } from './moves.ts';

export function addMoveRoutes(app: ApiApp, moves: Moves): void {
  app.openapi(moveWorkspace, async (context) => {
    const { workspace_id: id } = context.req.valid('param');
    return context.json(await moves.move(id, context.req.valid('json'), callOf(context)), 200);
  });

  app.openapi(getMove, async (context) => {
    return context.json(await moves.latest(context.req.valid('param').workspace_id), 200);
  });

  app.openapi(cancelMove, async (context) => {
    const { workspace_id: id } = context.req.valid('param');
    return context.json(await moves.cancel(id, callOf(context)), 200);
  });

  app.openapi(listServerMoves, async (context) => {
    const { server_id: id } = context.req.valid('param');
    return context.json(await moves.listOfServer(id, context.req.valid('query')), 200);
  });

  app.openapi(listServerWorkspaces, async (context) => {
    const { server_id: id } = context.req.valid('param');
    return context.json(await moves.listWorkspaces(id, context.req.valid('query')), 200);
  });
}

/** `/internal/moves/…`: the protocol with compute. */
export function addMoveWorkRoutes(app: InternalApp, work: MoveWork): void {
  app.post('/internal/moves/claim', async (context) => {
    const input = claimWorkspacesInput.parse(await context.req.json());
    const items = await work.claim(input, context.req.raw.signal);
    return context.json({ items } satisfies z.input<typeof claimMovesResult>);
  });

  app.post('/internal/moves/:id/target', async (context) => {
    const id = moveId.parse(context.req.param('id'));
    await work.target(id, moveTargetInput.parse(await context.req.json()));
    return context.body(null, 204);
  });

  app.post('/internal/moves/:id/progress', async (context) => {
    const id = moveId.parse(context.req.param('id'));
    await work.progress(id, moveProgressInput.parse(await context.req.json()));
    return context.body(null, 204);
  });

  app.post('/internal/moves/:id/switch', async (context) => {
    const id = moveId.parse(context.req.param('id'));
    await work.switch(id, moveSwitchInput.parse(await context.req.json()));
    return context.body(null, 204);
  });

  app.post('/internal/moves/:id/end', async (context) => {
    const id = moveId.parse(context.req.param('id'));
    await work.end(id, moveEndInput.parse(await context.req.json()));
    return context.body(null, 204);
  });
}
