import { workspaceId } from '@podex/contracts/ids';
import { pageOf } from '@podex/contracts/pagination';
import { type Workspace, workspace } from '@podex/contracts/workspaces';
import { CliError, EXIT } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';

const PAGE = 100;

/** Every workspace that the person can see, newest first. */
export async function listWorkspaces(ask: AskApi): Promise<Workspace[]> {
  const found: Workspace[] = [];
  for (let next: string | null = ''; next !== null; ) {
    const after: string = next === '' ? '' : `&after=${encodeURIComponent(next)}`;
    const page: { items: Workspace[]; next: string | null } = await ask({
      method: 'GET',
      path: `/api/workspaces?limit=${PAGE}${after}`,
      schema: pageOf(workspace),
    });
    found.push(...page.items);
    next = page.next;
  }
  return found;
}

/** By name or id. @throws CliError when there is none, or several have the name. */
export async function findWorkspace(ask: AskApi, name: string): Promise<Workspace> {
  if (workspaceId.safeParse(name).success) {
    return ask({ method: 'GET', path: `/api/workspaces/${name}`, schema: workspace });
  }
  const found = (await listWorkspaces(ask)).filter((one) => one.name === name);
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
