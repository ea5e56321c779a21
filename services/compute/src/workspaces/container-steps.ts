import { PodexError } from '@podex/contracts/errors';
import { WORKSPACE_SIZES } from '@podex/contracts/workspaces';
import { type WaitOptions, within } from '@podex/service-kit/waiting';
import type { ContainerSettings } from '../config.ts';
import type { Container, ContainerSpec } from '../docker/containers.ts';
import type { Engine } from '../docker/engine.ts';
import { LABEL_STORAGE_KEY } from '../docker/labels.ts';
import { macAddressOf } from '../egress/policy-rules.ts';
import { RESOLV_CONF_IN_STORAGE, WALL_NETWORK } from '../egress/wall-names.ts';
import type { ImagePulls } from '../engine-jobs/image-pulls.ts';
import { requireRuntime } from '../engine-jobs/one-off-container.ts';
import type { RuntimeVolumes } from '../runtime/runtime-volumes.ts';
import type { Disks } from '../storage/disks.ts';
import { removeStorage } from '../storage/remove-storage.ts';
import { withSystemLimit } from '../storage/system-limit.ts';
import { SingleFlight } from '../waiting/single-flight.ts';
import { type WorkspaceContainer, workspaceContainerSpec } from './container-spec.ts';

const DISK_TIMEOUT_MS = 1_800_000;
/** Between the creation of a container and its start: no server can have been started again meanwhile. */
const FRESH_MS = 5_000;

export interface ContainerStepsOptions {
  settings: ContainerSettings;
  images: ImagePulls;
  runtimes: RuntimeVolumes;
  disks: Disks;
  maxProcesses: () => number;
  /** What stands around workspaces on a server is in doubt. */
  doubtWall: (serverId: string) => void;
}

/** What its owner wants of it. */
export type WantedContainer = Omit<WorkspaceContainer, 'maxProcesses' | 'makesFolders' | 'hasOwnDisk'>;

/** Whose disk, and how large. */
export type WantedDisk = Pick<WorkspaceContainer, 'storageKey' | 'size'>;

/** Done, or a text that says what it waits for: the work continues, check again later. */
export type StepResult = 'done' | { waitingFor: string };

/** What compute does to containers and their storage. Each may be done twice. */
export class ContainerSteps {
  readonly #options: ContainerStepsOptions;
  readonly #removals = new SingleFlight<string, void>();
  /** Disks that were prepared a moment ago, with the container that is to be started. */
  readonly #fresh = new Set<string>();
  readonly #disks = new SingleFlight<string, Awaited<ReturnType<Disks['prepare']>>>();

  constructor(options: ContainerStepsOptions) {
    this.#options = options;
  }

  /** @throws PodexError image_not_available, runtime_not_isolated, container_failed. */
  async create(engine: Engine, wanted: WantedContainer, wait: WaitOptions): Promise<StepResult> {
    const { image } = wanted;
    const { images, runtimes, settings } = this.#options;
    if ((await images.ensure(engine, image, wait)) === 'pulling') {
      const percent = images.percentOf(engine, image);
      return {
        waitingFor: `The image ${image} is being pulled${percent === undefined ? '' : ` (${percent} %)`}.`,
      };
    }
    const runtime = await runtimes.ensure(engine, wait);
    if (runtime === 'filling')
      return { waitingFor: 'The server is being made ready for its first workspace.' };
    const disk = await this.#prepareDisk(engine, wanted, wait);
    if (typeof disk === 'object') return disk;
    const limits = {
      maxProcesses: this.#options.maxProcesses(),
      makesFolders: disk === 'unmanaged',
      hasOwnDisk: disk === 'limited',
    };
    const made = workspaceContainerSpec({ ...wanted, ...limits }, runtime, settings);
    const spec = this.#options.disks.limitsSystem(engine.identity.serverId)
      ? withSystemLimit(made, WORKSPACE_SIZES[wanted.size].disk_gb)
      : made;
    const created = await this.#createOrDoubt(engine, spec, wait);
    // Another compute was faster: what it made is looked at next.
    if (created === 'name_taken') return 'done';
    try {
      await requireRuntime(engine, created.id, settings.runtime);
    } catch (error) {
      await engine.containers.remove(created.id);
      throw error;
    }
    this.#fresh.add(wanted.storageKey);
    setTimeout(() => this.#fresh.delete(wanted.storageKey), FRESH_MS).unref();
    return 'done';
  }

  async #createOrDoubt(engine: Engine, spec: ContainerSpec, { signal }: WaitOptions) {
    try {
      return await engine.containers.create(spec, { signal });
    } catch (error) {
      if (isWallMissing(error)) this.#options.doubtWall(engine.identity.serverId);
      throw error;
    }
  }

  /** The disk is mounted when the server was started again since. @throws PodexError container_failed, disk_full. */
  async start(
    engine: Engine,
    container: Container,
    { storageKey, size }: WantedDisk,
    wait: WaitOptions,
  ): Promise<StepResult> {
    const { runtimes, doubtWall } = this.#options;
    try {
      // The volume may have been pruned and made again, empty, with the container.
      const runtime = await runtimes.ensure(engine, wait);
      if (runtime === 'filling') return { waitingFor: 'The server is being made ready.' };
      const isFresh = this.#fresh.delete(storageKey);
      const disk = isFresh ? 'limited' : await this.#prepareDisk(engine, { storageKey, size }, wait);
      if (typeof disk === 'object') return disk;
      await standOnWallNetwork(engine, container, wait);
      await startThere(engine, container, wait);
      return 'done';
    } catch (error) {
      runtimes.forget(engine.identity.serverId);
      // Its network or its resolv.conf may have been removed; a preflight makes both again.
      if (isWallMissing(error)) doubtWall(engine.identity.serverId);
      throw error;
    }
  }

  /** A file system may have to be repaired, which takes long: a caller may stop waiting, the work continues. */
  async #prepareDisk(engine: Engine, { storageKey, size }: WantedDisk, wait: WaitOptions) {
    const { disks } = this.#options;
    const gigabytes = WORKSPACE_SIZES[size].disk_gb;
    try {
      return await within(wait, () =>
        this.#disks.run(storageKey, () =>
          disks.prepare(engine, { storageKey, gigabytes }, { timeoutMs: DISK_TIMEOUT_MS }),
        ),
      );
    } catch (error) {
      if (isWaitOver(error, wait)) return { waitingFor: 'Its disk is being checked.' };
      throw error;
    }
  }

  /** Deleting many files takes long: a caller may stop waiting, the deletion continues. */
  async removeStorage(engine: Engine, storageKey: string, wait: WaitOptions): Promise<StepResult> {
    try {
      await within(wait, () =>
        this.#removals.run(storageKey, () => removeStorage(engine, storageKey, this.#options)),
      );
      return 'done';
    } catch (error) {
      if (isWaitOver(error, wait)) return { waitingFor: 'Its files are being deleted.' };
      throw error;
    }
  }
}

function isWaitOver(error: unknown, { signal, timeoutMs }: WaitOptions): boolean {
  return PodexError.has(error, 'timed_out') && error.context.timeout_ms === timeoutMs && !signal?.aborted;
}

/** A person can put a container on other networks, where no rules are. */
async function standOnWallNetwork(
  engine: Engine,
  container: Container,
  { signal }: WaitOptions,
): Promise<void> {
  const others = Object.keys(container.networks).filter((name) => name !== WALL_NETWORK);
  for (const name of others) await engine.networks.detach(name, container.id, { signal });
  if (!(WALL_NETWORK in container.networks))
    await engine.networks.attachAgain(WALL_NETWORK, cardOf(container), { signal });
}

/** A container remembers its network by an id, and the network may have been made again since. */
async function startThere(engine: Engine, container: Container, { signal }: WaitOptions): Promise<void> {
  try {
    await engine.containers.start(container.id, { signal });
  } catch (error) {
    if (!isNetworkMissing(error)) throw error;
    await engine.networks.attachAgain(WALL_NETWORK, cardOf(container), { signal });
    await engine.containers.start(container.id, { signal });
  }
}

function cardOf({ id, labels }: Container): { id: string; macAddress: string } {
  return { id, macAddress: macAddressOf(labels[LABEL_STORAGE_KEY] ?? '') };
}

function isNetworkMissing(error: unknown): boolean {
  return PodexError.has(error, 'container_failed') && /network \S+ not found/i.test(error.message);
}

function isWallMissing(error: unknown): boolean {
  const isFileMissing =
    PodexError.has(error, 'container_failed') && error.message.includes(RESOLV_CONF_IN_STORAGE);
  return isFileMissing || isNetworkMissing(error);
}
