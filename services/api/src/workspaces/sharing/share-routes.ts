import {
  createShare,
  deleteShare,
  leaveWorkspace,
  listShares,
  updateShare,
} from '@podex/contracts/routes/share-routes';
import { callOf } from '../../calls/call.ts';
import type { ApiApp } from '../../http/api-app.ts';
import type { ShareService } from './shares.ts';

export function addShareRoutes(app: ApiApp, shares: ShareService): void {
  app.openapi(listShares, async (context) => {
    return context.json(await shares.list(context.req.valid('param').workspace_id), 200);
  });

  app.openapi(createShare, async (context) => {
    const { workspace_id: id } = context.req.valid('param');
    return context.json(await shares.create(id, context.req.valid('json'), callOf(context)), 201);
  });

  app.openapi(updateShare, async (context) => {
    const { workspace_id: id, user_id: userId } = context.req.valid('param');
    return context.json(await shares.update(id, userId, context.req.valid('json'), callOf(context)), 200);
  });

  app.openapi(deleteShare, async (context) => {
    const { workspace_id: id, user_id: userId } = context.req.valid('param');
    await shares.delete(id, userId, callOf(context));
    return context.body(null, 204);
  });

  app.openapi(leaveWorkspace, async (context) => {
    await shares.leave(context.req.valid('param').workspace_id, callOf(context));
    return context.body(null, 204);
  });
}
