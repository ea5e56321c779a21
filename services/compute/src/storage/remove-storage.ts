import { PodexError } from '@podex/contracts/errors';
import type { ContainerSettings } from '../config.ts';
import type { Engine } from '../docker/engine.ts';
import { oneOffSpec, runOneOff } from '../engine-jobs/one-off-container.ts';
import type { Disks } from './disks.ts';
import { incomingFolder, storageFolder } from './storage-folder.ts';

const REMOVE_TIMEOUT_MS = 600_000;
const MOUNT = '/storage';

/**
 * Deletes a workspace’s files for good, and what there is of a copy that was never finished. A disk goes as a whole; folders go with a
 * container that does nothing else, whose fixed name keeps two computes from doing it at once. Files that are gone already are no error.
 *
 * @throws PodexError container_failed with what could not be deleted, conflict while another compute is at it.
 */
export async function removeStorage(
  engine: Engine,
  storageKey: string,
  { settings, disks }: { settings: ContainerSettings; disks: Disks },
): Promise<void> {
  const left = await disks.remove(engine, storageKey, { timeoutMs: REMOVE_TIMEOUT_MS });
  if (left === 'removed') return;
  const folders = [storageFolder(storageKey, MOUNT), incomingFolder(storageKey, MOUNT)];
  const name = `podex-remove-${storageKey}`;
  const spec = oneOffSpec(
    {
      purpose: 'remove-storage',
      name,
      argv: ['/bin/rm', '-rf', '--', ...folders],
      binds: [`${settings.storage}:${MOUNT}`],
      capabilities: ['DAC_OVERRIDE', 'FOWNER'],
    },
    settings,
  );
  await removeLeftover(engine, name);
  const { exitCode, output } = await runOneOff(engine, spec, { timeoutMs: REMOVE_TIMEOUT_MS });
  if (exitCode === 0) return;
  const reason = output.trim().slice(-500);
  throw new PodexError('container_failed', `The files of the workspace could not be deleted: ${reason}`, {
    reason,
  });
}

/** Of a compute that died after the end of its container, or before the start. One that runs is at work. */
async function removeLeftover(engine: Engine, name: string): Promise<void> {
  const leftover = await engine.containers.find(name);
  if (leftover !== undefined && leftover.state !== 'running') await engine.containers.remove(leftover.id);
}
