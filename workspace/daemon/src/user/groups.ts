import { readFileSync } from 'node:fs';
import type { WorkspaceUser } from '../config.ts';
import { groupId, supplementaryGroupsOf } from './account-files.ts';

/** All groups of the user, as /etc/group has them now. */
export function groupsOf(user: WorkspaceUser): number[] {
  return [user.gid, ...supplementaryGroupsOf(readGroups(), user)];
}

/**
 * Sets the user’s groups on this process, which must be root’s, in place of root’s: a child that only changes its uid and gid keeps the
 * groups of its parent.
 */
export function adoptGroupsOf(user: WorkspaceUser): void {
  process.setgroups?.(groupsOf(user));
}

/** These, and the one that terminals belong to, where the image has it. */
export function terminalGroups(groups: readonly number[]): number[] {
  const id = groupId(readGroups(), 'tty');
  return id === undefined || groups.includes(id) ? [...groups] : [...groups, id];
}

function readGroups(): string {
  try {
    return readFileSync('/etc/group', 'utf8');
  } catch {
    // An image without accounts has no groups to be in.
    return '';
  }
}
