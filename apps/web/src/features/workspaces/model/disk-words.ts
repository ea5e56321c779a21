import { type DiskUse, diskStanding, diskText, growsTo } from '@podex/contracts/disk';
import type { WorkspaceSize } from '@podex/contracts/workspaces';

export interface DiskNotice {
  tone: 'warning' | 'danger';
  title: string;
  text: string;
}

/** What to say of a disk from 90 % on. */
export function diskNotice(use: DiskUse, size: WorkspaceSize): DiskNotice | undefined {
  const { standing, of } = diskStanding(use);
  if (standing === 'ok') return undefined;
  const grows = growsTo(use, size);
  const cure =
    grows === undefined ? 'Delete files you don’t need.' : `It grows to ${grows} GB at the next start.`;
  const isFull = standing === 'full';
  return {
    tone: isFull ? 'danger' : 'warning',
    title: isFull ? 'Disk is full' : 'Disk is nearly full',
    text: `${of === 'space' ? spaceText(use) : filesText(use)} ${cure}`,
  };
}

/** One line for the menu of a workspace. */
export function diskLine(use: DiskUse, size: WorkspaceSize): string {
  const grows = growsTo(use, size);
  const line = use.is_limited ? `Disk: ${diskText(use)}` : `Server’s disk: ${diskText(use)}`;
  return grows === undefined ? line : `${line} · grows to ${grows} GB at the next start`;
}

function spaceText(use: DiskUse): string {
  return use.is_limited
    ? `${diskText(use)}.`
    : `${diskText(use)} by all workspaces on this server. An admin can add space.`;
}

function filesText({ used_files: used, total_files: total }: DiskUse): string {
  return `${used.toLocaleString('en')} of ${total.toLocaleString('en')} files.`;
}
