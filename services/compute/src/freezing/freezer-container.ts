import type { ContainerSettings } from '../config.ts';
import type { CallOptions } from '../docker/client.ts';
import type { ContainerSpec } from '../docker/containers.ts';
import type { Engine } from '../docker/engine.ts';
import { LABEL_FREEZER } from '../docker/labels.ts';
import type { EngineInfo } from '../docker/system.ts';
import { oneOffSpec, requireRuntime } from '../engine-jobs/one-off-container.ts';
import { FREEZER_PROGRAM_VERSION, GROUPS_IN_HELPER } from './freezer-program.ts';

/** Part of every Docker engine. */
const RUNC = 'runc';
const MEMORY_BYTES = 67_108_864;
const PIDS_LIMIT = 64;
/** A helper of another Podex is left alone for as long: while a new version is rolled out, both work. */
const OTHER_KEPT_MS = 900_000;
const MAX_STEPS = 6;

/** Of all computes on a server that have the same program. */
export const FREEZER_NAME = `podex-freezer-${FREEZER_PROGRAM_VERSION}`;

/**
 * The helper of a server that freezes containers: root without one capability, without a network, on a file system that cannot be
 * written, with nothing of the server but its control groups (on version 1: those of the freezer alone). No code of a user runs in it.
 */
export function freezerSpec(
  info: Pick<EngineInfo, 'cgroupVersion'>,
  settings: ContainerSettings,
  name: string = FREEZER_NAME,
): ContainerSpec {
  const spec = oneOffSpec({ purpose: 'freezer', name, argv: ['/bin/sleep', 'infinity'] }, settings);
  return {
    ...spec,
    Labels: { [LABEL_FREEZER]: FREEZER_PROGRAM_VERSION },
    HostConfig: {
      ...spec.HostConfig,
      Runtime: RUNC,
      UsernsMode: 'host',
      // Reaps what a connection leaves behind.
      Init: true,
      Memory: MEMORY_BYTES,
      MemorySwap: MEMORY_BYTES,
      PidsLimit: PIDS_LIMIT,
      ReadonlyRootfs: true,
      SecurityOpt: ['no-new-privileges', 'label=disable'],
      Mounts: [{ Type: 'bind', Source: groupsOnServer(info), Target: GROUPS_IN_HELPER, ReadOnly: false }],
    },
  };
}

function groupsOnServer({ cgroupVersion }: Pick<EngineInfo, 'cgroupVersion'>): string {
  return cgroupVersion === '1' ? '/sys/fs/cgroup/freezer' : '/sys/fs/cgroup';
}

/**
 * Has the server’s helper run, whichever compute made it, and removes those of other versions.
 *
 * @returns its id.
 * @throws PodexError of the engine.
 */
export async function ensureFreezer(
  engine: Engine,
  info: Pick<EngineInfo, 'cgroupVersion'>,
  { settings, name }: { settings: ContainerSettings; name: string },
  options: CallOptions,
): Promise<string> {
  const { containers } = engine;
  const spec = freezerSpec(info, settings, name);
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const found = await containers.find(spec.name, options);
    if (found === undefined) {
      const created = await containers.create(spec, options);
      // Another compute was faster.
      if (created === 'name_taken') continue;
      await requireRuntime(engine, created.id, RUNC);
    } else if (found.state === 'running' && found.labels[LABEL_FREEZER] === FREEZER_PROGRAM_VERSION) {
      await removeOthers(engine, found.id, options);
      return found.id;
    } else if (found.state === 'created' || found.state === 'exited') {
      await startOrRemove(engine, found.id, options);
    } else {
      await containers.remove(found.id, options);
    }
  }
  throw new Error('The container that freezes others does not stay up');
}

/** A container that could not be started once may have been made when the server was another. */
async function startOrRemove({ containers }: Engine, id: string, options: CallOptions): Promise<void> {
  try {
    await containers.start(id, options);
  } catch (error) {
    await containers.remove(id, options);
    throw error;
  }
}

async function removeOthers({ containers }: Engine, ownId: string, options: CallOptions): Promise<void> {
  const now = Date.now();
  for (const { id, createdAtMs } of await containers.list(LABEL_FREEZER, options)) {
    if (id !== ownId && now - createdAtMs > OTHER_KEPT_MS) await containers.remove(id, options);
  }
}
