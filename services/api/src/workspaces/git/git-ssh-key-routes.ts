import {
  acceptGitHostKey,
  addGitSshKey,
  deleteGitSshKey,
  forgetGitHostKey,
  listGitSshKeys,
} from '@podex/contracts/routes/git-ssh-key-routes';
import { callOf } from '../../calls/call.ts';
import type { ApiApp } from '../../http/api-app.ts';
import type { GitSshKeys } from './git-ssh-keys.ts';

export function addGitSshKeyRoutes(app: ApiApp, keys: GitSshKeys): void {
  app.openapi(addGitSshKey, async (context) => {
    const input = context.req.valid('json');
    return context.json(await keys.add(input, callOf(context, input)), 201);
  });

  app.openapi(listGitSshKeys, async (context) => {
    return context.json({ items: await keys.list(callOf(context)), next: null }, 200);
  });

  app.openapi(deleteGitSshKey, async (context) => {
    await keys.delete(context.req.valid('param').git_ssh_key_id, callOf(context));
    return context.body(null, 204);
  });

  app.openapi(acceptGitHostKey, async (context) => {
    const { git_ssh_key_id: id } = context.req.valid('param');
    return context.json(await keys.acceptHost(id, context.req.valid('json'), callOf(context)), 200);
  });

  app.openapi(forgetGitHostKey, async (context) => {
    const { git_ssh_key_id: id } = context.req.valid('param');
    return context.json(await keys.forgetHost(id, callOf(context)), 200);
  });
}
