import { PodexError } from '@podex/contracts/errors';
import { DAEMON_MOUNT_PATH } from '@podex/contracts/internal/daemon';
import type { Logger } from '@podex/service-kit/logger';
import { pause, type WaitOptions, within } from '@podex/service-kit/waiting';
import type { ContainerSettings } from '../config.ts';
import type { Engine } from '../docker/engine.ts';
import { LABEL_RUNTIME } from '../docker/labels.ts';
import { helperSpec } from '../servers/helper-container.ts';
import { SingleFlight } from '../single-flight.ts';
import { packDirectory, packFile } from './runtime-archive.ts';

/** Node, the daemon and the bridge, as files on compute’s disk. The version says all about the content. */
export interface BuiltRuntime {
  version: string;
  directory: string;
}

export interface RuntimeVolume {
  name: string;
  version: string;
}

/** Written last: a volume without it is half filled and never used. */
const MARKER = '.complete';
const OTHER_LOOK_EVERY_MS = 500;
/** Longer than a fill may take. Whoever holds the lock longer has died. */
const LOCK_EXPIRES_AFTER_MS = 300_000;
const OLD_VERSION_KEPT_MS = 7 * 86_400_000;

export interface RuntimeVolumesOptions {
  build: () => Promise<BuiltRuntime>;
  settings: ContainerSettings;
  logger: Logger;
}

/**
 * Keeps on each server a volume with the runtime that is mounted read-only into every workspace: filled once per server and version.
 * A container that is never started gives access to the volume; its name is the lock between several computes.
 */
export class RuntimeVolumes {
  readonly #options: RuntimeVolumesOptions;
  readonly #builds = new SingleFlight<'build', BuiltRuntime>();
  readonly #fills = new SingleFlight<string, RuntimeVolume>();
  /** Servers whose volume was seen complete. A hint: `forget` it when a container cannot start. */
  readonly #seenComplete = new Set<string>();
  #built: BuiltRuntime | undefined;

  constructor(options: RuntimeVolumesOptions) {
    this.#options = options;
  }

  /**
   * @returns `filling` when the volume is not complete after `timeoutMs`; the work goes on.
   * @throws PodexError of the engine.
   */
  async ensure(engine: Engine, options: WaitOptions): Promise<RuntimeVolume | 'filling'> {
    try {
      return await within(options, () =>
        this.#fills.run(engine.identity.serverId, () => this.#complete(engine)),
      );
    } catch (error) {
      const isWaitOver = PodexError.has(error, 'timed_out') && error.context.timeout_ms === options.timeoutMs;
      if (isWaitOver && !options.signal?.aborted) return 'filling';
      throw error;
    }
  }

  async #complete(engine: Engine): Promise<RuntimeVolume> {
    const built = await this.#build();
    const volume = { name: `podex-runtime-${built.version}`, version: built.version };
    const { serverId } = engine.identity;
    if (!this.#seenComplete.has(serverId)) await this.#fill(engine, volume, built.directory);
    this.#seenComplete.add(serverId);
    return volume;
  }

  forget(serverId: string): void {
    this.#seenComplete.delete(serverId);
  }

  async #build(): Promise<BuiltRuntime> {
    if (this.#built !== undefined) return this.#built;
    this.#built = await this.#builds.run('build', this.#options.build);
    return this.#built;
  }

  async #fill(engine: Engine, volume: RuntimeVolume, directory: string): Promise<void> {
    const startedAt = performance.now();
    await engine.createVolume(volume.name, { [LABEL_RUNTIME]: volume.version });
    const holder = await this.#lock(engine, volume);
    try {
      if (await engine.containers.hasPath(holder, `${DAEMON_MOUNT_PATH}/${MARKER}`)) return;
      await engine.containers.putArchive(holder, DAEMON_MOUNT_PATH, packDirectory(directory));
      await engine.containers.putArchive(holder, DAEMON_MOUNT_PATH, packFile(MARKER, `${volume.version}\n`));
    } finally {
      await engine.containers.remove(holder);
    }
    const { serverId } = engine.identity;
    const durationMs = Math.round(performance.now() - startedAt);
    this.#options.logger.info(
      { server_id: serverId, volume: volume.name, duration_ms: durationMs },
      'runtime.filled',
    );
    await this.#removeOld(engine, volume);
  }

  /** @returns the id of the container that holds the lock and the volume. */
  async #lock(engine: Engine, volume: RuntimeVolume): Promise<string> {
    const volumes = [{ name: volume.name, path: DAEMON_MOUNT_PATH }];
    const name = `${volume.name}-fill`;
    const spec = helperSpec(
      { purpose: 'runtime', name, argv: ['/bin/true'], volumes },
      this.#options.settings,
    );
    for (const startedAtMs = Date.now(); Date.now() - startedAtMs < LOCK_EXPIRES_AFTER_MS; ) {
      const created = await engine.containers.create(spec);
      if (created !== 'name_taken') return created.id;
      const other = await engine.containers.find(name);
      if (other !== undefined && Date.now() - other.createdAtMs > LOCK_EXPIRES_AFTER_MS) {
        await engine.containers.remove(other.id);
      } else {
        await pause(OTHER_LOOK_EVERY_MS);
      }
    }
    throw new PodexError('conflict', `another compute has not finished filling ${volume.name}`, {});
  }

  /** Versions that nobody uses any more; the engine refuses to remove a volume that a container has. */
  async #removeOld(engine: Engine, current: RuntimeVolume): Promise<void> {
    for (const { name, createdAtMs } of await engine.listVolumes(LABEL_RUNTIME)) {
      if (name !== current.name && Date.now() - createdAtMs > OLD_VERSION_KEPT_MS)
        await engine.removeVolume(name);
    }
  }
}
