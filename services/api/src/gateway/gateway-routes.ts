import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import * as git from '@podex/contracts/routes/git-routes';
import * as inside from '@podex/contracts/routes/inside-routes';
import type { Context } from 'hono';
import { type ApiEnv, callOf } from '../calls/call.ts';
import type { ApiApp } from '../http/api-app.ts';
import { accessOf } from '../http/policy.ts';
import type { Gateway } from './gateway.ts';
import { workspaceTarget } from './workspace-route.ts';

/** What begins something in a workspace: it starts for them. @internal Exported for tests. */
export const STARTS_FOR_USE: ReadonlySet<string> = new Set([
  inside.createTerminal.operationId,
  inside.runCommand.operationId,
  inside.writeFile.operationId,
  inside.editFile.operationId,
  inside.replaceInFiles.operationId,
  inside.deleteFile.operationId,
  inside.moveFile.operationId,
  inside.makeDirectory.operationId,
  inside.trashFile.operationId,
  inside.restoreFile.operationId,
  inside.createUpload.operationId,
  ...Object.values(git).flatMap(({ method, operationId }) => (method === 'post' ? [operationId] : [])),
  inside.createCheckpoint.operationId,
  inside.restoreCheckpoint.operationId,
]);

/** What ends something that stands still in one that is paused: it goes on for that. In one that is stopped there is nothing to end. */
const ENDINGS: ReadonlySet<string> = new Set([
  inside.killCommand.operationId,
  inside.renameTerminal.operationId,
  inside.closeTerminal.operationId,
]);

/** Every route of the workspace API; what they mean is the workspace’s business. */
export function addGatewayRoutes(app: ApiApp, gateway: Gateway): void {
  for (const route of Object.values(inside)) {
    app.on(route.method, route.getRoutingPath(), (context) => forward(context, gateway));
  }
}

async function forward(context: Context<ApiEnv>, gateway: Gateway): Promise<Response> {
  const { incoming, outgoing } = context.env;
  // What the door has put on the response (origins, request id, a prolonged session) goes out with the forwarded one.
  for (const [name, value] of context.res.headers) {
    if (name !== 'set-cookie') outgoing.setHeader(name, value);
  }
  const cookies = context.res.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader('set-cookie', cookies);
  const id = context.get('operation');
  const call = {
    actor: context.get('actor'),
    requestId: context.get('requestId'),
    method: incoming.method ?? 'GET',
    target: workspaceTarget({ id, params: context.req.param() }, incoming.url ?? ''),
    access: accessOf(id),
    use: STARTS_FOR_USE.has(id) || ENDINGS.has(id) ? callOf(context) : undefined,
    isEnding: ENDINGS.has(id),
  };
  await gateway.forward(call, incoming, outgoing);
  return RESPONSE_ALREADY_SENT;
}
