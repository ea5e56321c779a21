import { z } from 'zod';
import { WORKSPACE_SIZES, type WorkspaceSize } from './workspaces.ts';

const GIGABYTE = 1_073_741_824;
/** From here on people are told. */
const NEARLY_FULL_SHARE = 0.9;
/** What is left is less than most programs need to go on. */
const FULL_SHARE = 0.99;
/** A file system keeps some percent of its disk for itself. */
const OWN_SHARE_MAX = 0.1;

const amount = z.number().int().min(0);

/** How full the disk is that holds the files of a workspace. */
export const diskUse = z
  .object({
    is_limited: z.boolean().meta({
      description: 'Whether it is a disk of its own. Otherwise it shares the disk of its server with others.',
    }),
    used_bytes: amount,
    total_bytes: amount,
    used_files: amount.meta({ description: 'A disk can be full of files however small they are.' }),
    total_files: amount.meta({ description: '0: there is no such limit.' }),
  })
  .meta({ id: 'DiskUse' });
export type DiskUse = z.infer<typeof diskUse>;

export type DiskStanding = 'ok' | 'nearly_full' | 'full';

/** How the disk stands by what it has least of, and what that is. */
export function diskStanding(use: DiskUse): { standing: DiskStanding; of: 'space' | 'files' } {
  const ofSpace = shareOf(use.used_bytes, use.total_bytes);
  const ofFiles = shareOf(use.used_files, use.total_files);
  const share = Math.max(ofSpace, ofFiles);
  const standing = share >= FULL_SHARE ? 'full' : share >= NEARLY_FULL_SHARE ? 'nearly_full' : 'ok';
  return { standing, of: ofFiles > ofSpace ? 'files' : 'space' };
}

/** The gigabytes that it gets at a start of the workspace; undefined when it has them. */
export function growsTo({ is_limited: isLimited, total_bytes: total }: DiskUse, size: WorkspaceSize) {
  const wanted = WORKSPACE_SIZES[size].disk_gb;
  return isLimited && total < wanted * GIGABYTE * (1 - OWN_SHARE_MAX) ? wanted : undefined;
}

/** "2.3 of 9.8 GB used". */
export function diskText({ used_bytes: used, total_bytes: total }: DiskUse): string {
  return `${gigabytesOf(used)} of ${gigabytesOf(total)} GB used`;
}

function gigabytesOf(bytes: number): string {
  return (bytes / GIGABYTE).toFixed(1);
}

function shareOf(used: number, total: number): number {
  return total === 0 ? 0 : used / total;
}
