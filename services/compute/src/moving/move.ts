import { PodexError } from '@podex/contracts/errors';
import { type ServerId, serverId } from '@podex/contracts/ids';
import type { MoveTask, StoragePlace } from '@podex/contracts/internal/moving';
import { WORKSPACE_SIZES } from '@podex/contracts/workspaces';
import type { Logger } from '@podex/service-kit/logger';
import type { ApiClient } from '../api/api-client.ts';
import type { ContainerSettings } from '../config.ts';
import { isAlive } from '../containers/container-index.ts';
import type { Container } from '../docker/containers.ts';
import type { Engine } from '../docker/engine.ts';
import { LABEL_STORAGE_KEY } from '../docker/labels.ts';
import type { PlacementPolicy, PlacementServer } from '../placement/placement.ts';
import type { RuntimeVolume, RuntimeVolumes } from '../runtime/runtime-volumes.ts';
import type { Disks } from '../storage/disks.ts';
import { keepCopy } from '../storage/keep-copy.ts';
import { removeStorage } from '../storage/remove-storage.ts';
import { containerName, slotContainerName } from '../workspaces/container-spec.ts';
import { chooseTarget } from './choose-target.ts';
import { COPY_LIMITS, type CopyLimits, copyFiles } from './copy-files.ts';
import { receiverName, receiverSpec, senderName, senderSpec } from './move-containers.ts';
import type { MoveLease } from './move-lease.ts';

const RUNTIME_TIMEOUT_MS = 300_000;
/** A file system may have to be repaired. */
const DISK_TIMEOUT_MS = 600_000;
const BYTES_PER_GB = 1_073_741_824;
/** Of the free disk of a server, for one copy. */
const USABLE_SHARE = 0.9;

export interface MoverOptions {
  api: Pick<ApiClient, 'chooseMoveTarget' | 'switchMove'>;
  /** @throws PodexError server_not_found, server_unreachable. */
  engineOf: (id: ServerId) => Promise<Engine>;
  isReachable: (id: ServerId) => boolean;
  /** As its last check found it; undefined when that is not known. */
  diskFreeGb: (id: ServerId) => number | undefined;
  servers: () => readonly PlacementServer[];
  strategy: () => PlacementPolicy['strategy'];
  architectureOf: (image: string) => string | undefined;
  runtimes: RuntimeVolumes;
  disks: Disks;
  settings: ContainerSettings;
  logger: Logger;
}

/** One lease’s work on one move. */
export interface MoveRun {
  task: MoveTask;
  lease: MoveLease;
  signal: AbortSignal;
}

/**
 * Moves the files of a workspace that does not run. Until api has switched, the source is what counts, from then on the copy; what does not
 * count lies in a folder whose name is never used again, and is removed. So it may be cut off between any two lines.
 */
export class Mover {
  readonly #options: MoverOptions;

  constructor(options: MoverOptions) {
    this.#options = options;
  }

  /** @returns `busy` when it has to wait for other moves. @throws PodexError. */
  async move(run: MoveRun): Promise<'moved' | 'busy'> {
    const { task } = run;
    const { source } = task;
    if (source === null) throw gone();
    const from = await this.#options.engineOf(source.server_id);
    await this.#requireStopped(from, run);
    const target = await this.#step('choose', run, () => this.#choose(run));
    if (target === 'busy') return 'busy';
    const to = await this.#options.engineOf(target);
    await this.#step('clear', run, () =>
      this.#clear({ server_id: target, storage_key: task.target_key }, run),
    );
    await this.#step('copy', run, () => this.#copy(from, to, { source, target, run }));
    await this.#step('keep', run, () => keepCopy(to, task.target_key, this.#options, { signal: run.signal }));
    run.lease.note({ status: 'switching' });
    await this.#step('report', run, () => run.lease.tell());
    await this.#step('switch', run, () => this.#options.api.switchMove(task.id, task.lease_token));
    await this.clean({ ...run, task: { ...task, step: 'clean', leftover: source } });
    return 'moved';
  }

  /** Removes the copy that does not count; a server that is registered no more has none. @throws PodexError. */
  async clean(run: MoveRun): Promise<void> {
    const { leftover, source } = run.task;
    if (leftover === null) return;
    try {
      await this.#step('clean', run, async () => {
        const isOld = leftover.storage_key === source?.storage_key;
        if (isOld) await this.#removeContainer(leftover, run);
        await this.#clear(leftover, run);
        if (!isOld) await this.#removeSender(run);
      });
    } catch (error) {
      if (!PodexError.has(error, 'server_not_found')) throw error;
    }
  }

  /** Of a compute that died; nobody reads what it writes. The server may be away: then what is old enough is removed there later. */
  async #removeSender({ task, signal }: MoveRun): Promise<void> {
    if (task.source === null) return;
    try {
      const engine = await this.#options.engineOf(task.source.server_id);
      await engine.containers.remove(senderName(task), { signal });
    } catch (error) {
      this.#options.logger.warn({ err: error, move_id: task.id }, 'move.sender_left');
    }
  }

  /** It could be started by hand at any time; what that changes is found when both sides are compared. */
  async #requireStopped(engine: Engine, { task, signal }: MoveRun): Promise<void> {
    const containers = await findContainers(engine, task, signal);
    if (!containers.some(({ state }) => isAlive(state))) return;
    throw new PodexError('conflict', `It still runs on ${engine.identity.serverName}.`, {});
  }

  #choose({ task }: MoveRun): Promise<ServerId | 'busy'> {
    const { api, servers, strategy, architectureOf, settings } = this.#options;
    return chooseTarget(task, {
      servers,
      strategy,
      architectureOf,
      defaultImage: settings.defaultImage,
      take: (id) => api.chooseMoveTarget(task.id, task.lease_token, id),
    });
  }

  async #copy(
    from: Engine,
    to: Engine,
    { source, target, run }: { source: StoragePlace; target: ServerId; run: MoveRun },
  ): Promise<void> {
    const { settings, disks, diskFreeGb } = this.#options;
    const { task, lease, signal } = run;
    const wait = { signal, timeoutMs: DISK_TIMEOUT_MS };
    await disks.mount(from, source.storage_key, wait);
    const disk = { storageKey: task.target_key, gigabytes: WORKSPACE_SIZES[task.size].disk_gb };
    await disks.prepare(to, { ...disk, place: 'incoming' }, wait);
    const [here, there] = await Promise.all([this.#runtime(from, run), this.#runtime(to, run)]);
    const sender = { engine: from, spec: await senderSpec(task, source.storage_key, here, settings) };
    const receiver = { engine: to, spec: await receiverSpec(task, there, settings) };
    const copied = await copyFiles(sender, receiver, {
      signal,
      isReachable: (id) => this.#options.isReachable(serverId.parse(id)),
      limits: limitsOf(diskFreeGb(target)),
      onProgress: ({ status, bytesDone, bytesTotal, filesTotal }) =>
        lease.note({ status, bytes_done: bytesDone, bytes_total: bytesTotal, files_total: filesTotal }),
    });
    lease.note({ status: 'verifying', bytes_total: copied.bytes, files_total: copied.files });
  }

  async #runtime(engine: Engine, { signal }: MoveRun): Promise<RuntimeVolume> {
    const runtime = await this.#options.runtimes.ensure(engine, { signal, timeoutMs: RUNTIME_TIMEOUT_MS });
    if (runtime !== 'filling') return runtime;
    const reason = `${engine.identity.serverName} is still being made ready.`;
    throw new PodexError('container_failed', reason, { reason });
  }

  /** Only a container with these files: by now there may be another one, of a workspace that was moved back. */
  async #removeContainer(
    { server_id: serverId, storage_key: key }: StoragePlace,
    run: MoveRun,
  ): Promise<void> {
    const engine = await this.#options.engineOf(serverId);
    for (const { id, labels } of await findContainers(engine, run.task, run.signal)) {
      if (labels[LABEL_STORAGE_KEY] === key) await engine.containers.remove(id, { signal: run.signal });
    }
  }

  async #clear(
    { server_id: serverId, storage_key: key }: StoragePlace,
    { task, signal }: MoveRun,
  ): Promise<void> {
    const engine = await this.#options.engineOf(serverId);
    for (const name of [senderName(task), receiverName(task)])
      await engine.containers.remove(name, { signal });
    await removeStorage(engine, key, this.#options);
  }

  async #step<Result>(step: string, { task, signal }: MoveRun, act: () => Promise<Result>): Promise<Result> {
    signal.throwIfAborted();
    const fields = { move_id: task.id, workspace_id: task.workspace_id, step };
    this.#options.logger.info(fields, 'move.step');
    return act();
  }
}

/** A part of the disk stays for those who are on the server already, whatever comes. */
function limitsOf(freeGb: number | undefined): CopyLimits {
  if (freeGb === undefined) return COPY_LIMITS;
  const maxBytes = Math.min(COPY_LIMITS.maxBytes, Math.floor(freeGb * BYTES_PER_GB * USABLE_SHARE));
  return { ...COPY_LIMITS, maxBytes };
}

/** One that was taken from the warm pool may still bear the slot’s name. */
async function findContainers(engine: Engine, task: MoveTask, signal: AbortSignal): Promise<Container[]> {
  const slots = task.source === null ? [] : [slotContainerName(task.source.storage_key)];
  const names = [containerName(task.workspace_id), ...slots];
  const found = await Promise.all(names.map((name) => engine.containers.find(name, { signal })));
  return found.filter((container) => container !== undefined);
}

function gone(): PodexError {
  const reason = 'its server is registered no more';
  return new PodexError('container_failed', `There is nothing to copy: ${reason}.`, { reason });
}
