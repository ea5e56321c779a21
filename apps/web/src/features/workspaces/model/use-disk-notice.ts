'use client';

import type { Workspace } from '@podex/contracts/workspaces';
import { useQuery } from '@tanstack/react-query';
import { diskUseQuery } from '../api/disk-use.ts';
import { type DiskNotice, diskNotice } from './disk-words.ts';
import { isUsable } from './workspace-status.ts';

/** What to say of the disk of a workspace that runs; looked at every minute. */
export function useDiskNotice(workspace: Workspace): DiskNotice | undefined {
  const isRunning = isUsable(workspace);
  const { data: use } = useQuery(diskUseQuery(workspace.id, isRunning));
  return use !== undefined && isRunning ? diskNotice(use, workspace.size) : undefined;
}
