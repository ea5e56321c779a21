/** How workspaces are held to the size of their disk: the first of these that works on a server, in this order. */
export const DISK_DRIVERS = ['xfs', 'ext4', 'loop'] as const;
export type DiskDriver = (typeof DISK_DRIVERS)[number];

/** What was found out about a server by trying. */
export interface DiskSupport {
  /** `none`: nothing holds a workspace to its share. */
  driver: DiskDriver | 'none';
  /** Whether disks that are there can be mounted. */
  canMount: boolean;
  /** Whether the engine also limits what is written outside of the disk: packages, logs, the root’s own files. */
  limitsSystem: boolean;
  /** Why there is no better driver; empty when there is one. */
  reason: string;
}

/** A limit on how many files there can be: what ext4 has by default, one in 16 KB. */
const INODES_PER_GIGABYTE = 65_536;

export function inodesOf(gigabytes: number): number {
  return gigabytes * INODES_PER_GIGABYTE;
}
