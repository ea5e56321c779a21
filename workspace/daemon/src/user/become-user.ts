import type { WorkspaceUser } from '../config.ts';
import { adoptGroupsOf } from './groups.ts';

/** Irrevocable: root’s saved ids and capabilities go as well. @throws when the kernel did not do as told. */
export function becomeUser(user: WorkspaceUser): void {
  const { uid, gid } = user;
  adoptGroupsOf(user);
  process.setgid?.(gid);
  process.setuid?.(uid);
  if (process.getuid?.() !== uid || process.geteuid?.() !== uid || process.getegid?.() !== gid) {
    throw new Error('a process of the daemon could not become the workspace’s user');
  }
}
