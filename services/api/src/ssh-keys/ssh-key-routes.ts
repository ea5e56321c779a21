import { addSshKey, deleteSshKey, listSshKeys } from '@podex/contracts/routes/ssh-key-routes';
import { callOf } from '../calls/call.ts';
import type { ApiApp } from '../http/api-app.ts';
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
