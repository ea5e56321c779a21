import { PodexError } from '@podex/contracts/errors';
import type { WorkspaceTask } from '@podex/contracts/internal/compute';
import { type WaitOptions, within } from '@podex/service-kit/waiting';
import type { ContainerSettings } from '../config.ts';
import type { Container } from '../docker/containers.ts';
import type { Engine } from '../docker/engine.ts';
import type { ImagePulls } from '../engine-jobs/image-pulls.ts';
import { requireRuntime } from '../engine-jobs/one-off-container.ts';
import type { RuntimeVolumes } from '../runtime/runtime-volumes.ts';
import { removeStorage } from '../storage/remove-storage.ts';
import { SingleFlight } from '../waiting/single-flight.ts';
import { workspaceContainerSpec } from './container-spec.ts';

export interface ContainerStepsOptions {
  settings: ContainerSettings;
  images: ImagePulls;
  runtimes: RuntimeVolumes;
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
  async create(engine: Engine, task: WorkspaceTask, image: string, wait: WaitOptions): Promise<StepResult> {
    const { images, runtimes, settings } = this.#options;
    if ((await images.ensure(engine, image, wait)) === 'pulling') {
      return { waitingFor: `The image ${image} is being pulled.` };
    }
    const runtime = await runtimes.ensure(engine, wait);
    if (runtime === 'filling')
      return { waitingFor: 'The server is being made ready for its first workspace.' };
    const workspace = { id: task.id, name: task.name, image, size: task.size, storageKey: task.storage_key };
    const spec = workspaceContainerSpec(workspace, runtime, settings);
    const created = await engine.containers.create(spec, { signal: wait.signal });
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

  /** @throws PodexError container_failed. */
  async start(engine: Engine, container: Container, wait: WaitOptions): Promise<StepResult> {
    const { runtimes } = this.#options;
    try {
      // The volume may have been pruned and made again, empty, with the container.
      const runtime = await runtimes.ensure(engine, wait);
      if (runtime === 'filling') return { waitingFor: 'The server is being made ready.' };
      await engine.containers.start(container.id, { signal: wait.signal });
      return 'done';
    } catch (error) {
      runtimes.forget(engine.identity.serverId);
      throw error;
    }
  }

  /** Deleting many files takes long: a caller may stop waiting, the deletion continues. */
  async removeStorage(engine: Engine, task: WorkspaceTask, wait: WaitOptions): Promise<StepResult> {
    try {
      await within(wait, () =>
        this.#removals.run(task.storage_key, () =>
          removeStorage(engine, task.storage_key, this.#options.settings),
        ),
      );
      return 'done';
    } catch (error) {
      const isWaitOver = PodexError.has(error, 'timed_out') && error.context.timeout_ms === wait.timeoutMs;
      if (isWaitOver && !wait.signal?.aborted) return { waitingFor: 'Its files are being deleted.' };
      throw error;
    }
  }
}
