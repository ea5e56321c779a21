import { totalmem } from 'node:os';

const BYTES_PER_MEGABYTE = 1_048_576;

/** What this machine has, used or not. */
export function memoryMegabytes(): number {
  return Math.floor(totalmem() / BYTES_PER_MEGABYTE);
}
