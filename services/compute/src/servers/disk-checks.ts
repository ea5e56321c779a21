import type { ServerCheck } from '@podex/contracts/servers';
import type { DiskLimits } from '@podex/contracts/settings';
import type { DiskSupport } from '../storage/disk-support.ts';
import { fail, pass, warn } from './checks.ts';

const DRIVERS: Readonly<Record<DiskSupport['driver'], string>> = {
  xfs: 'project quotas of XFS',
  ext4: 'project quotas of ext4',
  loop: 'a file system of its own on a loop device',
  none: 'none',
};
const CURE =
  'Install e2fsprogs and util-linux there, so that each workspace gets a file system of its own, or mount the storage with project quotas.';

/** A pass all the same: most engines are so. */
const NO_SYSTEM_LIMIT = 'not: for that the engine’s own storage has to be XFS, mounted with pquota';

/** Whether workspaces are held to the size of their disk, as was tried. `support` undefined: it was not. */
export function checkDiskLimits(
  support: DiskSupport | undefined,
  { limits, disks }: { limits: DiskLimits; disks: number },
): ServerCheck {
  if (support === undefined) return fail('quota', 'Not tried: it needs a container.');
  const { driver, canMount, limitsSystem, reason } = support;
  if (!canMount && disks > 0) {
    return fail('quota', `The disks of ${disks} workspaces cannot be mounted: ${reason}`);
  }
  if (limits === 'off') return pass('quota', 'Switched off by the setting disk_limits.');
  if (driver !== 'none') {
    const system = limitsSystem ? 'too' : NO_SYSTEM_LIMIT;
    return pass(
      'quota',
      `The files of each workspace are held to its size by ${DRIVERS[driver]}; what it installs in its system, ${system}.`,
    );
  }
  const words = `Nothing holds a workspace to its share of the disk${reason === '' ? '' : `: ${reason}`}. ${CURE}`;
  return limits === 'required' ? fail('quota', words) : warn('quota', words);
}

/** For people, in the facts of a server. */
export function quotaFact(support: DiskSupport | undefined): string {
  const driver = support?.driver ?? 'none';
  return driver === 'none' ? 'none: disk limits are not enforced' : `${driver}: ${DRIVERS[driver]}`;
}
