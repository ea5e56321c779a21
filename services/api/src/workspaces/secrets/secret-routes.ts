import {
  deleteSecret,
  deleteTeamSecret,
  deleteWorkspaceSecret,
  getSecret,
  getTeamSecret,
  getWorkspaceSecret,
  listSecrets,
  listTeamSecrets,
  listWorkspaceSecrets,
  rotateSecrets,
  setSecret,
  setTeamSecret,
  setWorkspaceSecret,
} from '@podex/contracts/routes/secret-routes';
import { callOf } from '../../calls/call.ts';
import type { ApiApp } from '../../http/api-app.ts';
import type { SecretService } from './secrets.ts';

export function addSecretRoutes(app: ApiApp, secrets: SecretService): void {
  app.openapi(listSecrets, async (context) => {
    return context.json({ items: await secrets.listOwn(callOf(context)), next: null }, 200);
  });

  app.openapi(getSecret, async (context) => {
    return context.json(await secrets.getOwn(context.req.valid('param').secret_name, callOf(context)), 200);
  });

  app.openapi(setSecret, async (context) => {
    const { secret_name: name } = context.req.valid('param');
    return context.json(await secrets.setOwn(name, context.req.valid('json').value, callOf(context)), 200);
  });

  app.openapi(deleteSecret, async (context) => {
    await secrets.deleteOwn(context.req.valid('param').secret_name, callOf(context));
    return context.body(null, 204);
  });

  app.openapi(listTeamSecrets, async (context) => {
    const { team_id: id } = context.req.valid('param');
    return context.json({ items: await secrets.listOfTeam(id), next: null }, 200);
  });

  app.openapi(getTeamSecret, async (context) => {
    const { team_id: id, secret_name: name } = context.req.valid('param');
    return context.json(await secrets.getOfTeam(id, name), 200);
  });

  app.openapi(setTeamSecret, async (context) => {
    const { team_id: id, secret_name: name } = context.req.valid('param');
    const { value } = context.req.valid('json');
    return context.json(await secrets.setOfTeam(id, name, value, callOf(context)), 200);
  });

  app.openapi(deleteTeamSecret, async (context) => {
    const { team_id: id, secret_name: name } = context.req.valid('param');
    await secrets.deleteOfTeam(id, name, callOf(context));
    return context.body(null, 204);
  });

  app.openapi(listWorkspaceSecrets, async (context) => {
    const { workspace_id: id } = context.req.valid('param');
    return context.json({ items: await secrets.listOfWorkspace(id, callOf(context)), next: null }, 200);
  });

  app.openapi(getWorkspaceSecret, async (context) => {
    const { workspace_id: id, secret_name: name } = context.req.valid('param');
    return context.json(await secrets.getOfWorkspace(id, name, callOf(context)), 200);
  });

  app.openapi(setWorkspaceSecret, async (context) => {
    const { workspace_id: id, secret_name: name } = context.req.valid('param');
    const { value } = context.req.valid('json');
    return context.json(await secrets.setOfWorkspace(id, name, value, callOf(context)), 200);
  });

  app.openapi(deleteWorkspaceSecret, async (context) => {
    const { workspace_id: id, secret_name: name } = context.req.valid('param');
    await secrets.deleteOfWorkspace(id, name, callOf(context));
    return context.body(null, 204);
  });

  app.openapi(rotateSecrets, async (context) => {
    return context.json(await secrets.rotate(context.req.valid('json').after, callOf(context)), 200);
  });
}
