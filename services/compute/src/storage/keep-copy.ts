import { PodexError } from '@podex/contracts/errors';
import type { ContainerSettings } from '../config.ts';
import type { CallOptions } from '../docker/client.ts';
import type { Engine } from '../docker/engine.ts';
import { oneOffSpec, runOneOff } from '../engine-jobs/one-off-container.ts';
import type { Disks } from './disks.ts';
import { incomingFolder, storageFolder } from './storage-folder.ts';

const TIMEOUT_MS = 60_000;
const MOUNT = '/storage';

/**
 * Puts a copy that was checked where a workspace’s files live, in one step.
 *
 * @throws PodexError container_failed, also when something is there already.
 */
export async function keepCopy(
  engine: Engine,
  storageKey: string,
  { settings, disks }: { settings: ContainerSettings; disks: Disks },
  options: CallOptions,
): Promise<void> {
  const kept = await disks.keep(engine, storageKey, { timeoutMs: TIMEOUT_MS, ...options });
  if (kept === 'kept') return;
  const paths = [incomingFolder(storageKey, MOUNT), storageFolder(storageKey, MOUNT)];
  const job = {
    purpose: 'keep-copy',
    argv: ['/bin/mv', '--no-target-directory', '--', ...paths],
    binds: [`${settings.storage}:${MOUNT}`],
    capabilities: ['DAC_OVERRIDE', 'FOWNER'],
  };
  const { exitCode, output } = await runOneOff(engine, oneOffSpec(job, settings), {
    timeoutMs: TIMEOUT_MS,
    ...options,
  });
  if (exitCode === 0) return;
  const reason = output.trim().slice(-500);
  throw new PodexError('container_failed', `The copied files could not be put in place: ${reason}`, {
    reason,
  });
}
