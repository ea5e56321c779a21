import { statfs } from 'node:fs/promises';
import type { DiskUse } from '@podex/contracts/disk';
import type { Route } from '../http/router.ts';

export interface DiskRoutesOptions {
  /** On the disk that holds the user’s files, and out of the user’s reach. */
  folder: string;
  /** Whether that disk is the workspace’s alone. */
  isLimited: boolean;
}

/** How full the disk of the workspace is. One system call, which reads nothing of it. */
export function diskRoutes({ folder, isLimited }: DiskRoutesOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/disk',
      async answer() {
        const { bsize, blocks, bavail, files, ffree } = await statfs(folder);
        const body: DiskUse = {
          is_limited: isLimited,
          // What is kept for root is of no use to anybody here.
          used_bytes: (blocks - bavail) * bsize,
          total_bytes: blocks * bsize,
          used_files: files - ffree,
          total_files: files,
        };
        return { status: 200, body };
      },
    },
  ];
}
