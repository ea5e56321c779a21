import { type Workspace, workspace } from '@podex/contracts/workspaces';
import { CliError, EXIT } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { isSameRepository, readGitRemote } from '../conversations/git-remote.ts';
import { findWorkspace, listWorkspaces } from './find-workspace.ts';

/**
 * The workspace that is named; else the only one there is, else the one that was made from the repository of the folder.
 *
 * @throws CliError that lists them when it stays open which is meant.
 */
export async function chooseWorkspace(
  ask: AskApi,
  { name, folder }: { name: string | undefined; folder: string },
): Promise<Workspace> {
  if (name !== undefined) return findWorkspace(ask, name);
  const all = (await listWorkspaces(ask)).filter(({ status }) => status !== 'deleted');
  const [first] = all;
  if (first === undefined) {
    throw new CliError('You have no workspace', {
      cure: 'podex workspaces create <name>, or podex agent --new <name> "…"',
      exitCode: EXIT.usage,
    });
  }
  if (all.length === 1) return first;
  const remote = await readGitRemote(folder);
  const [match, ...others] = all.filter(
    ({ git_url: url }) => remote !== undefined && url !== null && isSameRepository(url, remote),
  );
  if (match !== undefined && others.length === 0) return match;
  throw new CliError('You have several workspaces', {
    cure: ['name one with --workspace:', ...all.map(({ id, name, status }) => `${name}  ${id}  ${status}`)],
    exitCode: EXIT.usage,
  });
}

export function makeWorkspace(ask: AskApi, name: string): Promise<Workspace> {
  return ask({ method: 'POST', path: '/api/workspaces?wait_ms=0', body: { name }, schema: workspace });
}
