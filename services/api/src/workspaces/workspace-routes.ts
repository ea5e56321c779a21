import { transferWorkspace } from '@podex/contracts/routes/share-routes';
import {
  createWorkspace,
  deleteWorkspace,
  getRebuild,
  getWorkspace,
  listWorkspaces,
  pauseWorkspace,
  rebuildWorkspace,
  startWorkspace,
  stopWorkspace,
  updateWorkspace,
} from '@podex/contracts/routes/workspace-routes';
import { callOf } from '../calls/call.ts';
import type { ApiApp } from '../http/api-app.ts';
import type { WorkspaceService } from './workspaces.ts';

export function addWorkspaceRoutes(app: ApiApp, workspaces: WorkspaceService): void {
  app.openapi(createWorkspace, async (context) => {
    const input = context.req.valid('json');
    const { wait_ms: waitMs } = context.req.valid('query');
    return context.json(await workspaces.create(input, waitMs, callOf(context, input)), 201);
  });

  app.openapi(listWorkspaces, async (context) => {
    return context.json(await workspaces.list(context.req.valid('query'), callOf(context)), 200);
  });

  app.openapi(getWorkspace, async (context) => {
    return context.json(await workspaces.get(context.req.valid('param').workspace_id, callOf(context)), 200);
  });

  app.openapi(updateWorkspace, async (context) => {
    const { workspace_id: id } = context.req.valid('param');
    return context.json(await workspaces.update(id, context.req.valid('json'), callOf(context)), 200);
  });

  app.openapi(deleteWorkspace, async (context) => {
    await workspaces.delete(context.req.valid('param').workspace_id, callOf(context));
    return context.body(null, 204);
  });

  app.openapi(transferWorkspace, async (context) => {
    const { workspace_id: id } = context.req.valid('param');
    const { team_id: teamId } = context.req.valid('json');
    return context.json(await workspaces.transfer(id, teamId, callOf(context)), 200);
  });

  app.openapi(startWorkspace, async (context) => {
    const { workspace_id: id } = context.req.valid('param');
    const { wait_ms: waitMs } = context.req.valid('query');
    return context.json(await workspaces.start(id, waitMs, callOf(context)), 200);
  });

  app.openapi(getRebuild, async (context) => {
    const { workspace_id: id } = context.req.valid('param');
    return context.json(await workspaces.previewRebuild(id, callOf(context)), 200);
  });

  app.openapi(rebuildWorkspace, async (context) => {
    const { workspace_id: id } = context.req.valid('param');
    const { wait_ms: waitMs } = context.req.valid('query');
    return context.json(await workspaces.rebuild(id, waitMs, callOf(context)), 200);
  });

  app.openapi(pauseWorkspace, async (context) => {
    const { workspace_id: id } = context.req.valid('param');
    const { wait_ms: waitMs } = context.req.valid('query');
    return context.json(await workspaces.pause(id, waitMs, callOf(context)), 200);
  });

  app.openapi(stopWorkspace, async (context) => {
    const { workspace_id: id } = context.req.valid('param');
    const { wait_ms: waitMs } = context.req.valid('query');
    return context.json(await workspaces.stop(id, waitMs, callOf(context)), 200);
  });
}
