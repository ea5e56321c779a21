import { expect, it } from 'vitest';
import { isWorkspaceWaitOver, WORKSPACE_WAIT_MAX_MS, workspaceWakeInMs } from './workspace-wait.ts';

it('leaves it to the status of a workspace that does not run, up to the bound', () => {
  expect(workspaceWakeInMs('creating', 0)).toBe(WORKSPACE_WAIT_MAX_MS);
  expect(workspaceWakeInMs('stopped', 60_000)).toBe(WORKSPACE_WAIT_MAX_MS - 60_000);
  expect(workspaceWakeInMs('creating', WORKSPACE_WAIT_MAX_MS + 1)).toBe(0);
});

it('tries one that runs again and again, less and less often', () => {
  const waited = [0, 10_000, 300_000, WORKSPACE_WAIT_MAX_MS - 1000];
  expect(waited.map((ms) => workspaceWakeInMs('running', ms))).toEqual([2000, 5000, 30_000, 1000]);
});

it('is over after the bound', () => {
  const since = new Date(0);
  expect(isWorkspaceWaitOver(null, new Date(WORKSPACE_WAIT_MAX_MS))).toBe(false);
  expect(isWorkspaceWaitOver(since, new Date(WORKSPACE_WAIT_MAX_MS - 1))).toBe(false);
  expect(isWorkspaceWaitOver(since, new Date(WORKSPACE_WAIT_MAX_MS))).toBe(true);
});
