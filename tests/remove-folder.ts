import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';

const MOUNTS = '/proc/self/mounts';

/** With the disks of workspaces that are mounted in it. */
export function removeFolder(folder: string): void {
  const mounts = existsSync(MOUNTS) ? readFileSync(MOUNTS, 'utf8').split('\n') : [];
  const targets = mounts.flatMap((line) => line.split(' ')[1] ?? []);
  for (const target of targets.reverse()) {
    if (target.startsWith(`${folder}/`)) execFileSync('umount', ['--lazy', target]);
  }
  rmSync(folder, { recursive: true, force: true });
}
