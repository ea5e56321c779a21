import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { command, commandWaitQuery } from '../commands.ts';
import {
  gitAbortInput,
  gitBranches,
  gitCheckoutInput,
  gitCommitInput,
  gitDiff,
  gitDiffQuery,
  gitFetchInput,
  gitLog,
  gitLogQuery,
  gitPullInput,
  gitPushInput,
  gitRepositories,
  gitSelectionInput,
  gitStashes,
  gitStashInput,
  gitStatus,
  gitStatusQuery,
  repositoryQuery,
} from '../git.ts';
import { workspaceId } from '../ids.ts';
import { body, conflict, errorResponses, json, missing, noContent, security } from './route.ts';

/** Routes inside a workspace, as those of `inside-routes.ts`. */
const tags = ['Git'];
const shared = { tags, security } as const;
const inside = '/api/workspaces/{workspace_id}/git';
const params = z.object({ workspace_id: workspaceId });
const answers = { ...errorResponses, ...missing, ...conflict } as const;
const done = json(command, 'What is true after the wait. git’s own words are its output.');
const doneByCommand =
  'Runs as a command of the workspace: the id names it, so that it happens once, its output can be followed, and it can be ended. One that has failed is `git_failed`.';

export const listGitRepositories = createRoute({
  ...shared,
  operationId: 'listGitRepositories',
  method: 'get',
  path: `${inside}/repositories`,
  summary: 'Repositories below the home folder, down to the third level',
  request: { params },
  responses: { 200: json(gitRepositories, 'By path.'), ...answers },
});

export const getGitStatus = createRoute({
  ...shared,
  operationId: 'getGitStatus',
  method: 'get',
  path: `${inside}/status`,
  summary: 'Branch, changes and conflicts; nothing that the repository configures is run for it',
  request: { params, query: gitStatusQuery },
  responses: { 200: json(gitStatus, 'The status, with a page of its changes.'), ...answers },
});

export const getGitDiff = createRoute({
  ...shared,
  operationId: 'getGitDiff',
  method: 'get',
  path: `${inside}/diff`,
  summary: 'Differences of the working tree, of what is staged, or of a commit',
  request: { params, query: gitDiffQuery },
  responses: { 200: json(gitDiff, 'File by file, in hunks.'), ...answers },
});

export const getGitLog = createRoute({
  ...shared,
  operationId: 'getGitLog',
  method: 'get',
  path: `${inside}/log`,
  summary: 'Commits, newest first',
  request: { params, query: gitLogQuery },
  responses: { 200: json(gitLog, 'A page of them.'), ...answers },
});

export const listGitBranches = createRoute({
  ...shared,
  operationId: 'listGitBranches',
  method: 'get',
  path: `${inside}/branches`,
  summary: 'Branches of the repository and of its remotes, the latest first',
  request: { params, query: repositoryQuery },
  responses: { 200: json(gitBranches, 'The branches.'), ...answers },
});

export const listGitStashes = createRoute({
  ...shared,
  operationId: 'listGitStashes',
  method: 'get',
  path: `${inside}/stashes`,
  summary: 'What was put aside',
  request: { params, query: repositoryQuery },
  responses: { 200: json(gitStashes, 'The latest first.'), ...answers },
});

export const stageGitChanges = createRoute({
  ...shared,
  operationId: 'stageGitChanges',
  method: 'post',
  path: `${inside}/stage`,
  summary: 'Stage files, or hunks of one file',
  request: { params, body: body(gitSelectionInput) },
  responses: { ...noContent, ...answers },
});

export const unstageGitChanges = createRoute({
  ...shared,
  operationId: 'unstageGitChanges',
  method: 'post',
  path: `${inside}/unstage`,
  summary: 'Take files, or hunks of one file, out of the next commit; the working tree stays',
  request: { params, body: body(gitSelectionInput) },
  responses: { ...noContent, ...answers },
});

export const discardGitChanges = createRoute({
  ...shared,
  operationId: 'discardGitChanges',
  method: 'post',
  path: `${inside}/discard`,
  summary: 'Throw away what is not staged of files, or hunks of one file; untracked files are deleted',
  request: { params, body: body(gitSelectionInput) },
  responses: { ...noContent, ...answers },
});

export const commitGitChanges = createRoute({
  ...shared,
  operationId: 'commitGitChanges',
  method: 'post',
  path: `${inside}/commit`,
  summary: 'Commit what is staged; hooks of the repository run',
  description: doneByCommand,
  request: { params, query: commandWaitQuery, body: body(gitCommitInput) },
  responses: { 200: done, ...answers },
});

export const pushGitBranch = createRoute({
  ...shared,
  operationId: 'pushGitBranch',
  method: 'post',
  path: `${inside}/push`,
  summary: 'Push the current branch',
  description: doneByCommand,
  request: { params, query: commandWaitQuery, body: body(gitPushInput) },
  responses: { 200: done, ...answers },
});

export const pullGitBranch = createRoute({
  ...shared,
  operationId: 'pullGitBranch',
  method: 'post',
  path: `${inside}/pull`,
  summary: 'Fetch, and bring the current branch up to its upstream',
  description: doneByCommand,
  request: { params, query: commandWaitQuery, body: body(gitPullInput) },
  responses: { 200: done, ...answers },
});

export const fetchGitRemotes = createRoute({
  ...shared,
  operationId: 'fetchGitRemotes',
  method: 'post',
  path: `${inside}/fetch`,
  summary: 'Fetch from all remotes; branches that are gone there are forgotten',
  description: doneByCommand,
  request: { params, query: commandWaitQuery, body: body(gitFetchInput) },
  responses: { 200: done, ...answers },
});

export const checkOutGitBranch = createRoute({
  ...shared,
  operationId: 'checkOutGitBranch',
  method: 'post',
  path: `${inside}/checkout`,
  summary: 'Switch to a branch, or to a new one',
  description: doneByCommand,
  request: { params, query: commandWaitQuery, body: body(gitCheckoutInput) },
  responses: { 200: done, ...answers },
});

export const stashGitChanges = createRoute({
  ...shared,
  operationId: 'stashGitChanges',
  method: 'post',
  path: `${inside}/stash`,
  summary: 'Put changes aside, with untracked files; bring them back; or drop them',
  description: doneByCommand,
  request: { params, query: commandWaitQuery, body: body(gitStashInput) },
  responses: { 200: done, ...answers },
});

export const abortGitOperation = createRoute({
  ...shared,
  operationId: 'abortGitOperation',
  method: 'post',
  path: `${inside}/abort`,
  summary: 'Give up a merge, rebase, cherry-pick or revert that is under way',
  description: doneByCommand,
  request: { params, query: commandWaitQuery, body: body(gitAbortInput) },
  responses: { 200: done, ...answers },
});
