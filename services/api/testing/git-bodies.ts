import { newId } from '@podex/contracts/ids';

const GIT_COMMAND = { command_id: newId('command'), path: 'shop' };

/** A right body for each operation of git. */
export const GIT_BODIES: Readonly<Record<string, object>> = {
  stageGitChanges: { path: 'shop', files: ['a'] },
  unstageGitChanges: { path: 'shop', files: ['a'] },
  discardGitChanges: { path: 'shop', files: ['a'] },
  commitGitChanges: { ...GIT_COMMAND, message: 'A change' },
  pushGitBranch: GIT_COMMAND,
  pullGitBranch: GIT_COMMAND,
  fetchGitRemotes: GIT_COMMAND,
  checkOutGitBranch: { ...GIT_COMMAND, branch: 'main' },
  stashGitChanges: { ...GIT_COMMAND, do: 'push' },
  abortGitOperation: { ...GIT_COMMAND, operation: 'merge' },
};
