import { workspaceId } from '@podex/contracts/ids';
import { sshSignIn } from '@podex/contracts/internal/git-credentials';
import { addSshKey, deleteSshKey, listSshKeys } from '@podex/contracts/routes/ssh-key-routes';
import { callOf } from '../calls/call.ts';
import type { ApiApp } from '../http/api-app.ts';
import type { InternalApp } from '../http/internal-app.ts';
import type { SshKeyService } from './ssh-keys.ts';

export function addSshKeyRoutes(app: ApiApp, sshKeys: SshKeyService): void {
  app.openapi(addSshKey, async (context) => {
    const input = context.req.valid('json');
    return context.json(await sshKeys.add(input, callOf(context, input)), 201);
  });

  app.openapi(listSshKeys, async (context) => context.json(await sshKeys.list(callOf(context)), 200));

  app.openapi(deleteSshKey, async (context) => {
    await sshKeys.remove(context.req.valid('param').ssh_key_id, callOf(context));
    return context.body(null, 204);
  });
}

/** `/internal/workspaces/{id}/ssh_sign_in`: an SSH connection to the workspace has signed in, says its daemon, through compute. */
export function addSshSignInRoute(app: InternalApp, sshKeys: SshKeyService): void {
  app.post('/internal/workspaces/:id/ssh_sign_in', async (context) => {
    const id = workspaceId.parse(context.req.param('id'));
    await sshKeys.signedIn(id, sshSignIn.parse(await context.req.json()).fingerprint);
    return context.body(null, 204);
  });
}
