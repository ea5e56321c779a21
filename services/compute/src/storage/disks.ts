import { PodexError } from '@podex/contracts/errors';
import type { FleetSettings } from '@podex/contracts/internal/compute';
import type { Logger } from '@podex/service-kit/logger';
import type { WaitOptions } from '@podex/service-kit/waiting';
import type { ContainerSettings } from '../config.ts';
import type { Engine } from '../docker/engine.ts';
import { SingleFlight } from '../waiting/single-flight.ts';
import { DiskProcess, type DiskResponse } from './disk-process.ts';
import { DISK_DRIVERS, type DiskSupport, inodesOf } from './disk-support.ts';
import { storageFolder } from './storage-folder.ts';
import { trySystemLimit } from './system-limit.ts';

const PROBE_TIMEOUT_MS = 20_000;
/** A file system that was not closed properly is repaired first. */
const REQUEST_TIMEOUT_MS = 1_800_000;
const ABSENT = 3;

/** `own`: where the files of a workspace live. `incoming`: where a copy is put together. */
export type DiskPlace = 'own' | 'incoming';

export interface DisksOptions {
  settings: ContainerSettings;
  /** Whether new disks are limited. */
  limits: () => FleetSettings['disk_limits'];
  logger: Logger;
}

/**
 * The disks of workspaces: each as large as its size says, with a limit on how many files there can be. What a server offers is found by
 * trying (`probe`); a disk that was made stays what it is, whatever is found later. Everything may be done twice.
 */
export class Disks {
  readonly #options: DisksOptions;
  readonly #processes = new Map<string, DiskProcess>();
  readonly #starts = new SingleFlight<string, DiskProcess>();
  readonly #support = new Map<string, DiskSupport>();

  constructor(options: DisksOptions) {
    this.#options = options;
  }

  /** Tries what the server offers. Does not throw for what the server does. */
  async probe(engine: Engine, signal: AbortSignal): Promise<DiskSupport> {
    const { serverId } = engine.identity;
    const found = await this.#probe(engine, signal);
    this.#support.set(serverId, found);
    return found;
  }

  async #probe(engine: Engine, signal: AbortSignal): Promise<DiskSupport> {
    const reasons: string[] = [];
    let limitsSystem = false;
    try {
      limitsSystem = await trySystemLimit(engine, this.#options.settings, signal);
      for (const driver of DISK_DRIVERS) {
        const request = ['probe', 'none', 'own', '0', '0', driver];
        const { exitCode, words } = await this.#ask(engine, request, { signal, timeoutMs: PROBE_TIMEOUT_MS });
        if (exitCode === 0) return { driver, canMount: true, limitsSystem, reason: '' };
        // A file system of another kind is no reason.
        if (words !== '') reasons.push(exitCode === ABSENT ? words : `${driver}: ${words}`);
      }
      return { driver: 'none', canMount: true, limitsSystem, reason: reasons.join('; ') };
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.logger.warn({ err: error, server_id: engine.identity.serverId }, 'disks.not_available');
      return { driver: 'none', canMount: false, limitsSystem, reason };
    }
  }

  /**
   * The disk is there, mounted and as large as is wanted. Files that were there without a limit stay so.
   *
   * @returns `unmanaged` when nothing can be done on this server: then the engine makes the folders.
   * @throws PodexError container_failed.
   */
  async prepare(
    engine: Engine,
    { storageKey, gigabytes, place = 'own' }: { storageKey: string; gigabytes: number; place?: DiskPlace },
    wait: WaitOptions,
  ): Promise<'limited' | 'unlimited' | 'unmanaged'> {
    const support = await this.#supportOf(engine, wait);
    if (!support.canMount) return 'unmanaged';
    const driver = this.#options.limits() === 'off' ? 'none' : support.driver;
    const inodes = String(inodesOf(gigabytes));
    const request = ['prepare', storageKey, place, String(gigabytes), inodes, driver];
    return (await this.#demand(engine, request, wait)) === 'limited' ? 'limited' : 'unlimited';
  }

  /** Whether new containers on the server are also limited outside of their disk. */
  limitsSystem(serverId: string): boolean {
    return this.#options.limits() !== 'off' && this.#support.get(serverId)?.limitsSystem === true;
  }

  /** A disk that is there can be read. @throws PodexError container_failed. */
  async mount(engine: Engine, storageKey: string, wait: WaitOptions): Promise<void> {
    if (!(await this.#supportOf(engine, wait)).canMount) return;
    await this.#demand(engine, ['mount', storageKey, 'own', '0', '0', 'none'], wait);
  }

  /** A copy becomes the workspace’s own. @returns `unlimited` when it is a folder like any other. @throws PodexError container_failed. */
  async keep(engine: Engine, storageKey: string, wait: WaitOptions): Promise<'kept' | 'unlimited'> {
    if (!(await this.#supportOf(engine, wait)).canMount) return 'unlimited';
    const words = await this.#demand(engine, ['keep', storageKey, 'incoming', '0', '0', 'none'], wait);
    return words === 'kept' ? 'kept' : 'unlimited';
  }

  /** For good, with a copy that does not count. @returns `unlimited` when folders are left. @throws PodexError container_failed. */
  async remove(engine: Engine, storageKey: string, wait: WaitOptions): Promise<'removed' | 'unlimited'> {
    if (!(await this.#supportOf(engine, wait)).canMount) return 'unlimited';
    const words = await this.#demand(engine, ['remove', storageKey, 'own', '0', '0', 'none'], wait);
    return words === 'removed' ? 'removed' : 'unlimited';
  }

  /** What was mounted stays mounted. */
  close(): void {
    for (const process of this.#processes.values()) process.close();
    this.#processes.clear();
  }

  async #supportOf(engine: Engine, { signal }: WaitOptions): Promise<DiskSupport> {
    const known = this.#support.get(engine.identity.serverId);
    return known ?? this.probe(engine, signal ?? AbortSignal.timeout(PROBE_TIMEOUT_MS));
  }

  async #demand(engine: Engine, request: readonly string[], wait: WaitOptions): Promise<string> {
    // Checks the key: what follows is done as root.
    storageFolder(request[1] ?? '', this.#options.settings.storage);
    const timeoutMs = Math.max(wait.timeoutMs, REQUEST_TIMEOUT_MS);
    const { exitCode, words } = await this.#ask(engine, request, { ...wait, timeoutMs });
    if (exitCode === 0) return words;
    const { serverName } = engine.identity;
    if (/no space left on device/i.test(words)) {
      throw new PodexError('disk_full', `The disk of ${serverName} is full. Free or add space there.`, {});
    }
    const reason = words || `exit code ${exitCode}`;
    const message = `The disk of the workspace on ${serverName} could not be used (${request[0]}): ${reason}`;
    throw new PodexError('container_failed', message, { reason });
  }

  /** The process may have ended since, with its engine. */
  async #ask(engine: Engine, request: readonly string[], wait: WaitOptions): Promise<DiskResponse> {
    const process = await this.#processOf(engine, wait);
    try {
      return await process.ask(request, wait);
    } catch (error) {
      wait.signal?.throwIfAborted();
      if (!process.hasEnded) {
        // It may never respond again.
        process.close();
        throw error;
      }
      return (await this.#processOf(engine, wait)).ask(request, wait);
    }
  }

  async #processOf(engine: Engine, { signal }: WaitOptions): Promise<DiskProcess> {
    const { serverId } = engine.identity;
    const known = this.#processes.get(serverId);
    if (known !== undefined && !known.hasEnded) return known;
    return this.#starts.run(serverId, async () => {
      const process = await DiskProcess.start(engine, this.#options.settings, { signal });
      this.#processes.set(serverId, process);
      return process;
    });
  }
}
