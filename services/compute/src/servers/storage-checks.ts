import type { ServerCheck } from '@podex/contracts/servers';
import { fail, pass, warn } from './checks.ts';

const KB_PER_GB = 1_048_576;
/** Far above any disk. */
const MAX_KB = KB_PER_GB * 1_000_000_000;
const WARN_BELOW_PERCENT = 10;
const FAIL_BELOW_PERCENT = 2;
const FAIL_BELOW_KB = KB_PER_GB;

/** A file system as `df` shows it. */
export interface DiskRoom {
  totalKb: number;
  freeKb: number;
  /** 0 where the file system makes them as they are needed. */
  totalInodes: number;
  freeInodes: number;
}

/** @param blocks the last line of `df -Pk`. @param inodes the last line of `df -Pi`. */
export function readDiskRoom(blocks: string, inodes: string): DiskRoom | undefined {
  const [, total, , free] = blocks.split(/\s+/).map(Number);
  if (total === undefined || free === undefined || !Number.isFinite(total + free)) return undefined;
  // A server may say anything.
  if (total < 0 || free < 0 || total > MAX_KB || free > total) return undefined;
  const [, totalInodes = 0, , freeInodes = 0] = inodes.split(/\s+/).map(Number);
  const hasInodes = Number.isFinite(totalInodes + freeInodes);
  return {
    totalKb: total,
    freeKb: free,
    totalInodes: hasInodes ? totalInodes : 0,
    freeInodes: hasInodes ? freeInodes : 0,
  };
}

/** Whether workspaces still find room for their files. */
export function checkDisk(folder: string, room: DiskRoom | undefined): ServerCheck {
  if (room === undefined) {
    return fail('disk', `How much room ${folder} has could not be read. Check the volume on the server.`);
  }
  const { totalKb, freeKb, totalInodes, freeInodes } = room;
  const bytesPercent = percent(freeKb, totalKb);
  const inodesPercent = totalInodes === 0 ? 100 : percent(freeInodes, totalInodes);
  const words =
    `${folder}: ${gbOf(freeKb)} of ${gbOf(totalKb)} GB free (${Math.floor(bytesPercent)} %)` +
    (totalInodes === 0 ? '' : `, ${Math.floor(inodesPercent)} % of the inodes`);
  const least = Math.min(bytesPercent, inodesPercent);
  const cure = 'Remove files that nobody needs there, or add space.';
  if (least < FAIL_BELOW_PERCENT || freeKb < FAIL_BELOW_KB) {
    return fail('disk', `The disk is full. ${words}. ${cure}`);
  }
  if (least < WARN_BELOW_PERCENT) return warn('disk', `The disk is nearly full. ${words}. ${cure}`);
  return pass('disk', `${words}.`);
}

export function gbOf(kilobytes: number): number {
  return Math.floor(kilobytes / KB_PER_GB);
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : (100 * part) / whole;
}
