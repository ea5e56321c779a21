import { readFileSync } from 'node:fs';
import type { WorkspaceUser } from '../config.ts';
import { supplementaryGroupsOf } from './account-files.ts';

/**
 * Sets the user’s groups on this process, which must be root’s, in place of root’s: a child that only changes its uid and gid keeps the
 * groups of its parent.
 */
export function adoptGroupsOf(user: WorkspaceUser): void {
  process.setgroups?.([user.gid, ...supplementaryGroupsOf(readGroups(), user)]);
}

function readGroups(): string {
  try {
    return readFileSync('/etc/group', 'utf8');
  } catch {
    // An image without accounts has no groups to be in.
    return '';
  }
}
