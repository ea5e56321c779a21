import { CHECKPOINT_ENTRIES_MAX, CHECKPOINT_FILE_BYTES_MAX } from '@podex/contracts/checkpoints';

export interface CheckpointLimits {
  /** Of all that is stored. */
  storeBytes: number;
  /** Of the disk: the store takes no more, however large the disk. */
  diskShare: number;
  /** Left free on the disk for the user’s programs. */
  freeBytes: number;
  checkpoints: number;
  fileBytes: number;
  entries: number;
}

export const CHECKPOINT_LIMITS: CheckpointLimits = {
  storeBytes: 1024 ** 3,
  diskShare: 0.1,
  freeBytes: 32 * 1024 ** 2,
  checkpoints: 200,
  fileBytes: CHECKPOINT_FILE_BYTES_MAX,
  entries: CHECKPOINT_ENTRIES_MAX,
};
