import {
  authorizePreview,
  createPreviewLink,
  listPorts,
  revokePreviewLinks,
  updatePort,
} from '@podex/contracts/routes/preview-routes';
import { callOf } from '../calls/call.ts';
import type { ApiApp } from '../http/api-app.ts';
import type { PreviewService } from './preview-service.ts';

export function addPreviewRoutes(app: ApiApp, previews: PreviewService): void {
  app.openapi(listPorts, async (context) => {
    const { workspace_id: id } = context.req.valid('param');
    const { after, wait_ms: waitMs } = context.req.valid('query');
    return context.json(await previews.list(id, { after, waitMs }, callOf(context)), 200);
  });

  app.openapi(updatePort, async (context) => {
    const { workspace_id: workspaceId, port } = context.req.valid('param');
    const input = context.req.valid('json');
    return context.json(await previews.update({ workspaceId, port }, input, callOf(context)), 200);
  });

  app.openapi(createPreviewLink, async (context) => {
    const { workspace_id: workspaceId, port } = context.req.valid('param');
    const { expires_in_seconds: seconds } = context.req.valid('json');
    return context.json(await previews.createLink({ workspaceId, port }, seconds, callOf(context)), 201);
  });

  app.openapi(revokePreviewLinks, async (context) => {
    const { workspace_id: workspaceId, port } = context.req.valid('param');
    await previews.revokeLinks({ workspaceId, port }, callOf(context));
    return context.body(null, 204);
  });

  app.openapi(authorizePreview, async (context) => {
    const { workspace_id: workspaceId, port } = context.req.valid('param');
    const input = context.req.valid('json');
    return context.json(await previews.authorize({ workspaceId, port }, input, callOf(context)), 200);
  });
}
