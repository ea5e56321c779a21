import { workspaceId } from '@podex/contracts/ids';
import { type WaitingWorkspace, waitingWorkspace } from '@podex/contracts/waiting';
import { type Workspace, workspace } from '@podex/contracts/workspaces';
import { CliError, EXIT } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { listAll } from '../connection/list-all.ts';

/** Every workspace that the person can see, newest first. */
export function listWorkspaces(ask: AskApi): Promise<Workspace[]> {
  return listAll(ask, '/api/workspaces', workspace);
}

/** Every workspace that waits for room, oldest first. For admins. */
export function listWaiting(ask: AskApi): Promise<WaitingWorkspace[]> {
  return listAll(ask, '/api/admin/workspaces/waiting', waitingWorkspace);
}

/** By name or id. @throws CliError when there is none, or several have the name. */
export async function findWorkspace(ask: AskApi, name: string): Promise<Workspace> {
  if (workspaceId.safeParse(name).success) {
    return ask({ method: 'GET', path: `/api/workspaces/${name}`, schema: workspace });
  }
  const found = (await listWorkspaces(ask)).filter((one) => one.name === name.normalize('NFC'));
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined) {
    throw new CliError(`There is no workspace ${name}`, {
      cure: 'podex workspaces list',
      exitCode: EXIT.usage,
    });
  }
  throw new CliError(`Several workspaces are called ${name}`, {
    cure: ['name it by its id:', ...found.map(({ id, status }) => `${id}  ${status}`)],
    exitCode: EXIT.usage,
  });
}
