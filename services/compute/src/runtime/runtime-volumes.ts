import { PodexError } from '@podex/contracts/errors';
import { DAEMON_MOUNT_PATH } from '@podex/contracts/internal/daemon';
import type { Logger } from '@podex/service-kit/logger';
import { pause, type WaitOptions, within } from '@podex/service-kit/waiting';
import type { ContainerSettings } from '../config.ts';
import type { ContainerSpec } from '../docker/containers.ts';
import type { Engine } from '../docker/engine.ts';
import { LABEL_RUNTIME } from '../docker/labels.ts';
import type { EngineInfo } from '../docker/system.ts';
import { oneOffSpec } from '../engine-jobs/one-off-container.ts';
import { SingleFlight } from '../waiting/single-flight.ts';
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
/** Longer than a fill may take. A process that holds the lock longer has died. */
const LOCK_EXPIRES_AFTER_MS = 300_000;
const OLD_VERSION_KEPT_MS = 7 * 86_400_000;

export type RuntimeArchitecture = 'x64' | 'arm64';

export interface RuntimeVolumesOptions {
  build: (architecture: RuntimeArchitecture) => Promise<BuiltRuntime>;
  settings: ContainerSettings;
  logger: Logger;
}

/**
 * Keeps on each server a volume with the runtime that is mounted read-only into every workspace: filled once per server and version.
 * A container that is never started gives access to the volume; its name is the lock between several computes.
 */
export class RuntimeVolumes {
  readonly #options: RuntimeVolumesOptions;
  readonly #builds = new SingleFlight<RuntimeArchitecture, BuiltRuntime>();
  readonly #fills = new SingleFlight<string, RuntimeVolume>();
  readonly #built = new Map<RuntimeArchitecture, BuiltRuntime>();
  /** By server, the volume that was seen complete. A hint: `forget` it when a container cannot start. */
  readonly #seenComplete = new Map<string, RuntimeVolume>();

  constructor(options: RuntimeVolumesOptions) {
    this.#options = options;
  }

  /**
   * @returns `filling` when the volume is not complete after `timeoutMs`; the work continues.
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
    const { serverId } = engine.identity;
    const seen = this.#seenComplete.get(serverId);
    if (seen !== undefined) return seen;
    const built = await this.#build(architectureOf(await engine.readInfo()));
    const volume = { name: `podex-runtime-${built.version}`, version: built.version };
    await this.#fill(engine, volume, built.directory);
    this.#seenComplete.set(serverId, volume);
    return volume;
  }

  /** What is built for the machines of that server. @throws PodexError of the engine; internal when it cannot be built. */
  async builtFor(engine: Engine): Promise<BuiltRuntime> {
    return this.#build(architectureOf(await engine.readInfo()));
  }

  forget(serverId: string): void {
    this.#seenComplete.delete(serverId);
  }

  async #build(architecture: RuntimeArchitecture): Promise<BuiltRuntime> {
    const known = this.#built.get(architecture);
    if (known !== undefined) return known;
    try {
      const built = await this.#builds.run(architecture, () => this.#options.build(architecture));
      this.#built.set(architecture, built);
      return built;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new PodexError(
        'internal',
        `The runtime of workspaces cannot be built: ${reason}`,
        {},
        { cause: error },
      );
    }
  }

  async #fill(engine: Engine, volume: RuntimeVolume, directory: string): Promise<void> {
    const startedAt = performance.now();
    await engine.createVolume(volume.name, { [LABEL_RUNTIME]: volume.version });
    if (await this.#isComplete(engine, volume)) return;
    const holder = await this.#lock(engine, volume);
    try {
      if (await hasMarker(engine, holder)) return;
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

  /** Without the lock: a compute that dies here would otherwise hold up all others, until it expires. */
  async #isComplete(engine: Engine, volume: RuntimeVolume): Promise<boolean> {
    const created = await engine.containers.create(this.#holder(volume));
    if (created === 'name_taken') return false;
    try {
      return await hasMarker(engine, created.id);
    } finally {
      await engine.containers.remove(created.id);
    }
  }

  #holder(volume: RuntimeVolume): ContainerSpec {
    const volumes = [{ name: volume.name, path: DAEMON_MOUNT_PATH }];
    return oneOffSpec({ purpose: 'runtime', argv: ['/bin/true'], volumes }, this.#options.settings);
  }

  /** @returns the id of the container that holds the lock and the volume. */
  async #lock(engine: Engine, volume: RuntimeVolume): Promise<string> {
    const name = `${volume.name}-fill`;
    const spec = { ...this.#holder(volume), name };
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
    throw new PodexError(
      'conflict',
      `Another compute is still filling ${volume.name}. The workspace starts when it has finished.`,
      {},
    );
  }

  /** Versions that nobody uses any more; the engine refuses to remove a volume that a container has. */
  async #removeOld(engine: Engine, current: RuntimeVolume): Promise<void> {
    for (const { name, createdAtMs } of await engine.listVolumes(LABEL_RUNTIME)) {
      if (name !== current.name && Date.now() - createdAtMs > OLD_VERSION_KEPT_MS)
        await engine.removeVolume(name);
    }
  }
}

function hasMarker(engine: Engine, holder: string): Promise<boolean> {
  return engine.containers.hasPath(holder, `${DAEMON_MOUNT_PATH}/${MARKER}`);
}

/** @throws PodexError server_unfit for a machine that there is no Node for. */
function architectureOf({ architecture }: EngineInfo): RuntimeArchitecture {
  if (architecture === 'x86_64' || architecture === 'amd64') return 'x64';
  if (architecture === 'aarch64' || architecture === 'arm64') return 'arm64';
  const reason = `workspaces run on x86_64 and aarch64, not on ${architecture}`;
  throw new PodexError('server_unfit', reason, { reason });
}
