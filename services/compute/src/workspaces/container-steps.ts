import { PodexError } from '@podex/contracts/errors';
import { type WaitOptions, within } from '@podex/service-kit/waiting';
import type { ContainerSettings } from '../config.ts';
import type { Container, ContainerSpec } from '../docker/containers.ts';
import type { Engine } from '../docker/engine.ts';
import { RESOLV_CONF_IN_STORAGE, WALL_NETWORK } from '../egress/wall-names.ts';
import type { ImagePulls } from '../engine-jobs/image-pulls.ts';
import { requireRuntime } from '../engine-jobs/one-off-container.ts';
import type { RuntimeVolumes } from '../runtime/runtime-volumes.ts';
import { removeStorage } from '../storage/remove-storage.ts';
import { SingleFlight } from '../waiting/single-flight.ts';
import { type WorkspaceContainer, workspaceContainerSpec } from './container-spec.ts';

export interface ContainerStepsOptions {
  settings: ContainerSettings;
  images: ImagePulls;
  runtimes: RuntimeVolumes;
  /** What stands around workspaces on a server is in doubt. */
  doubtWall: (serverId: string) => void;
}

/** Done, or a text that says what it waits for: the work continues, check again later. */
export type StepResult = 'done' | { waitingFor: string };

/** What compute does to containers and their storage. Each may be done twice. */
export class ContainerSteps {
  readonly #options: ContainerStepsOptions;
  readonly #removals = new SingleFlight<string, void>();

  constructor(options: ContainerStepsOptions) {
    this.#options = options;
  }

  /** @throws PodexError image_not_available, runtime_not_isolated, container_failed. */
  async create(engine: Engine, wanted: WorkspaceContainer, wait: WaitOptions): Promise<StepResult> {
    const { image } = wanted;
    const { images, runtimes, settings } = this.#options;
    if ((await images.ensure(engine, image, wait)) === 'pulling') {
      return { waitingFor: `The image ${image} is being pulled.` };
    }
    const runtime = await runtimes.ensure(engine, wait);
    if (runtime === 'filling')
      return { waitingFor: 'The server is being made ready for its first workspace.' };
    const spec = workspaceContainerSpec(wanted, runtime, settings);
    const created = await this.#createOrDoubt(engine, spec, wait);
    // Another compute was faster: what it made is looked at next.
    if (created === 'name_taken') return 'done';
    try {
      await requireRuntime(engine, created.id, settings.runtime);
    } catch (error) {
      await engine.containers.remove(created.id);
      throw error;
    }
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

  /** @throws PodexError container_failed. */
  async start(engine: Engine, container: Container, wait: WaitOptions): Promise<StepResult> {
    const { runtimes, doubtWall } = this.#options;
    try {
      // The volume may have been pruned and made again, empty, with the container.
      const runtime = await runtimes.ensure(engine, wait);
      if (runtime === 'filling') return { waitingFor: 'The server is being made ready.' };
      await standOnWallNetwork(engine, container, wait);
      await startThere(engine, container.id, wait);
      return 'done';
    } catch (error) {
      runtimes.forget(engine.identity.serverId);
      // Its network or its resolv.conf may have been removed; a preflight makes both again.
      if (isWallMissing(error)) doubtWall(engine.identity.serverId);
      throw error;
    }
  }

  /** Deleting many files takes long: a caller may stop waiting, the deletion continues. */
  async removeStorage(engine: Engine, storageKey: string, wait: WaitOptions): Promise<StepResult> {
    try {
      await within(wait, () =>
        this.#removals.run(storageKey, () => removeStorage(engine, storageKey, this.#options.settings)),
      );
      return 'done';
    } catch (error) {
      const isWaitOver = PodexError.has(error, 'timed_out') && error.context.timeout_ms === wait.timeoutMs;
      if (isWaitOver && !wait.signal?.aborted) return { waitingFor: 'Its files are being deleted.' };
      throw error;
    }
  }
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
    await engine.networks.attachAgain(WALL_NETWORK, container.id, { signal });
}

/** A container remembers its network by an id, and the network may have been made again since. */
async function startThere(engine: Engine, id: string, { signal }: WaitOptions): Promise<void> {
  try {
    await engine.containers.start(id, { signal });
  } catch (error) {
    if (!isNetworkMissing(error)) throw error;
    await engine.networks.attachAgain(WALL_NETWORK, id, { signal });
    await engine.containers.start(id, { signal });
  }
}

function isNetworkMissing(error: unknown): boolean {
  return PodexError.has(error, 'container_failed') && /network \S+ not found/i.test(error.message);
}

function isWallMissing(error: unknown): boolean {
  const isFileMissing =
    PodexError.has(error, 'container_failed') && error.message.includes(RESOLV_CONF_IN_STORAGE);
  return isFileMissing || isNetworkMissing(error);
}
