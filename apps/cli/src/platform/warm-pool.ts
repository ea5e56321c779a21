import { WORKSPACE_SIZES } from '@podex/contracts/workspaces';

const VARIABLE = 'COMPUTE_WARM_POOL_SIZE';
const SERVICES_MEMORY_MB = 1024;
/** A warm container, the workspace that must still fit beside it, and Podex itself. */
const NEEDED_MEMORY_MB =
  WORKSPACE_SIZES.small.memory_mb + WORKSPACE_SIZES.medium.memory_mb + SERVICES_MEMORY_MB;
const MEGABYTES_PER_GB = 1024;

type Operator = Readonly<Record<string, string>>;

/** How many containers wait for the next workspace where the operator says nothing. */
export function defaultPoolSize(memoryMb: number): number {
  return memoryMb >= NEEDED_MEMORY_MB ? 1 : 0;
}

/** What `podex up` says of it; undefined where the operator has decided. */
export function poolNote(operator: Operator, memoryMb: number): string | undefined {
  if (operator[VARIABLE] !== undefined) return undefined;
  if (defaultPoolSize(memoryMb) > 0) {
    return `Warm pool: one container is kept started, so that the next workspace is there at once (${VARIABLE}=0 turns it off).`;
  }
  return `Warm pool: off. This machine has ${gigabytes(memoryMb)} GB of memory, and it takes ${gigabytes(NEEDED_MEMORY_MB)} GB (${VARIABLE}=1 turns it on).`;
}

function gigabytes(megabytes: number): string {
  return (megabytes / MEGABYTES_PER_GB).toFixed(1).replace('.0', '');
}
