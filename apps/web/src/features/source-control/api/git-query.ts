import {
  type GitDiffQuery,
  gitBranches,
  gitDiff,
  gitLog,
  gitRepositories,
  gitStashes,
  gitStatus,
} from '@podex/contracts/git';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, definedOnly, responseOf } from '#lib/api-client.ts';
import { joinPages } from '../model/changes.ts';

/** A repository of a workspace. */
export interface Repository {
  workspaceId: string;
  path: string;
}

const STATUS_EVERY_MS = 8_000;

/** All that the page knows of git in a workspace begins with this. */
export const gitKey = (workspaceId: string) => ['git', workspaceId] as const;

export function repositoriesQuery(workspaceId: string) {
  return queryOptions({
    queryKey: [...gitKey(workspaceId), 'repositories'],
    queryFn: ({ signal }) => {
      const params = { path: { workspace_id: workspaceId } };
      return responseOf(
        gitRepositories,
        api().GET('/api/workspaces/{workspace_id}/git/repositories', { params, signal }),
      );
    },
  });
}

/** `isShown`: looked at again and again, as programs in the workspace change it. */
export function statusQuery({ workspaceId, path }: Repository, isShown: boolean) {
  return infiniteQueryOptions({
    queryKey: [...gitKey(workspaceId), 'status', path],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) => {
      const query = definedOnly({ path, after: pageParam });
      const params = { path: { workspace_id: workspaceId }, query };
      return responseOf(
        gitStatus,
        api().GET('/api/workspaces/{workspace_id}/git/status', { params, signal }),
      );
    },
    getNextPageParam: ({ next }) => next ?? undefined,
    select: ({ pages }) => joinPages(pages),
    refetchInterval: isShown ? STATUS_EVERY_MS : false,
  });
}

export type DiffWanted = Pick<GitDiffQuery, 'source' | 'file' | 'commit' | 'stash'>;

export function diffQuery({ workspaceId, path }: Repository, wanted: DiffWanted) {
  return queryOptions({
    queryKey: [...gitKey(workspaceId), 'diff', path, wanted],
    gcTime: 0,
    queryFn: ({ signal }) => {
      const params = { path: { workspace_id: workspaceId }, query: definedOnly({ path, ...wanted }) };
      return responseOf(gitDiff, api().GET('/api/workspaces/{workspace_id}/git/diff', { params, signal }));
    },
  });
}

export function logQuery({ workspaceId, path }: Repository) {
  return infiniteQueryOptions({
    queryKey: [...gitKey(workspaceId), 'log', path],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) => {
      const query = definedOnly({ path, after: pageParam, limit: 30 });
      const params = { path: { workspace_id: workspaceId }, query };
      return responseOf(gitLog, api().GET('/api/workspaces/{workspace_id}/git/log', { params, signal }));
    },
    getNextPageParam: ({ next }) => next ?? undefined,
  });
}

export function branchesQuery({ workspaceId, path }: Repository) {
  return queryOptions({
    queryKey: [...gitKey(workspaceId), 'branches', path],
    queryFn: ({ signal }) => {
      const params = { path: { workspace_id: workspaceId }, query: { path } };
      return responseOf(
        gitBranches,
        api().GET('/api/workspaces/{workspace_id}/git/branches', { params, signal }),
      );
    },
  });
}

export function stashesQuery({ workspaceId, path }: Repository) {
  return queryOptions({
    queryKey: [...gitKey(workspaceId), 'stashes', path],
    queryFn: ({ signal }) => {
      const params = { path: { workspace_id: workspaceId }, query: { path } };
      return responseOf(
        gitStashes,
        api().GET('/api/workspaces/{workspace_id}/git/stashes', { params, signal }),
      );
    },
  });
}
