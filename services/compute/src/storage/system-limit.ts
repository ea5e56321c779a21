import { PodexError } from '@podex/contracts/errors';
import type { ContainerSettings } from '../config.ts';
import type { ContainerSpec } from '../docker/containers.ts';
import type { Engine } from '../docker/engine.ts';
import { oneOffSpec } from '../engine-jobs/one-off-container.ts';

/** A container whose own file system, beside what is mounted, takes no more. */
export function withSystemLimit(spec: ContainerSpec, gigabytes: number): ContainerSpec {
  return { ...spec, HostConfig: { ...spec.HostConfig, StorageOpt: { size: `${gigabytes}G` } } };
}

/** Engines refuse the option when their storage cannot do it. The container is never started. */
export async function trySystemLimit(
  engine: Engine,
  settings: ContainerSettings,
  signal: AbortSignal,
): Promise<boolean> {
  const spec = withSystemLimit(oneOffSpec({ purpose: 'system-limit', argv: ['/bin/true'] }, settings), 1);
  try {
    const created = await engine.containers.create(spec, { signal });
    if (created !== 'name_taken') await engine.containers.remove(created.id);
    return true;
  } catch (error) {
    if (PodexError.has(error, 'container_failed') && /storage-opt/i.test(error.message)) return false;
    throw error;
  }
}
