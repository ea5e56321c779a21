import { type Command, command } from '@podex/contracts/commands';
import { PodexError } from '@podex/contracts/errors';
import type { GitOperation, GitSelection } from '@podex/contracts/git';
import { type CommandId, newId } from '@podex/contracts/ids';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';
import { gitKey, type Repository } from './git-query.ts';

const WAIT_MS = 50_000;

/** What people do with a repository that takes a while or runs programs of theirs. */
export type GitAction =
  | { do: 'commit'; message: string; amend?: boolean; all?: boolean }
  | { do: 'push'; set_upstream?: boolean }
  | { do: 'pull' }
  | { do: 'fetch' }
  | { do: 'checkout'; branch: string; create?: boolean }
  | { do: 'stash'; what: 'push' | 'pop' | 'drop'; index?: number }
  | { do: 'abort'; operation: GitOperation };

function send({ workspaceId, path }: Repository, action: GitAction, command_id: CommandId) {
  const options = { params: { path: { workspace_id: workspaceId }, query: { wait_ms: WAIT_MS } } };
  const shared = { path, command_id };
  const of = '/api/workspaces/{workspace_id}/git';
  switch (action.do) {
    case 'commit': {
      const { message, amend = false, all = false } = action;
      return api().POST(`${of}/commit`, { ...options, body: { ...shared, message, amend, all } });
    }
    case 'push': {
      const { set_upstream = false } = action;
      const body = { ...shared, set_upstream, remote: 'origin', force_with_lease: false };
      return api().POST(`${of}/push`, { ...options, body });
    }
    case 'pull':
      return api().POST(`${of}/pull`, { ...options, body: { ...shared, rebase: false } });
    case 'fetch':
      return api().POST(`${of}/fetch`, { ...options, body: shared });
    case 'checkout': {
      const { branch, create = false } = action;
      return api().POST(`${of}/checkout`, { ...options, body: { ...shared, branch, create } });
    }
    case 'stash':
      return api().POST(`${of}/stash`, {
        ...options,
        body: { ...shared, do: action.what, index: action.index ?? 0 },
      });
    case 'abort':
      return api().POST(`${of}/abort`, { ...options, body: { ...shared, operation: action.operation } });
  }
}

/** Waits for the end however long it takes. @throws PodexError git_failed with what git said. */
async function act(repository: Repository, action: GitAction): Promise<Command> {
  const id = newId('command');
  let now = await responseOf(command, send(repository, action, id));
  while (now.status === 'running') {
    const path = { workspace_id: repository.workspaceId, command_id: id };
    const params = { path, query: { wait_ms: WAIT_MS } };
    now = await responseOf(
      command,
      api().GET('/api/workspaces/{workspace_id}/commands/{command_id}', { params }),
    );
  }
  if (now.exit_code === 0) return now;
  const last = now.output.trim().split('\n').at(-1) ?? '';
  throw new PodexError('git_failed', `git said: ${last}`, {
    exit_code: now.exit_code,
    output: now.output.slice(-2_000),
  });
}

export function useGitAction(repository: Repository) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (action: GitAction) => act(repository, action),
    onSettled: () => queryClient.invalidateQueries({ queryKey: gitKey(repository.workspaceId) }),
  });
}

export type SelectionChange = 'stage' | 'unstage' | 'discard';
export type Selected = { files: string[] } | { hunks: NonNullable<GitSelection['hunks']> };

export function useGitSelection({ workspaceId, path }: Repository) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async ({ change, selected }: { change: SelectionChange; selected: Selected }) => {
      const options = { params: { path: { workspace_id: workspaceId } }, body: { path, ...selected } };
      await api().POST(`/api/workspaces/{workspace_id}/git/${change}` as const, options);
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: gitKey(workspaceId) }),
  });
}
