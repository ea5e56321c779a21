import type { ServerId } from '@podex/contracts/ids';
import type { Background } from '@podex/service-kit/background';
import type { RuntimeVolumes } from '../runtime/runtime-volumes.ts';
import type { ServerRegistry } from '../servers/server-registry.ts';

const LOOK_EVERY_MS = 30_000;
const LOOK_TIMEOUT_MS = 10_000;

export interface Version {
  imageId: string;
  version: string;
}

export interface VersionsOptions {
  servers: ServerRegistry;
  runtimes: RuntimeVolumes;
  image: string;
  background: Background;
}

/** What a new slot would be made from on each server, looked at now and then: an image may be pulled under the same name. */
export class Versions {
  readonly #options: VersionsOptions;
  readonly #found = new Map<ServerId, Version | undefined>();
  readonly #nextMs = new Map<ServerId, number>();

  constructor(options: VersionsOptions) {
    this.#options = options;
  }

  /** Undefined while it is not known, or the image is not there. */
  of(id: ServerId): Version | undefined {
    return this.#found.get(id);
  }

  look(ids: readonly ServerId[]): void {
    const { servers, background } = this.#options;
    for (const id of ids) {
      const isReady = servers.find(id)?.health.status === 'ready';
      if (!isReady || performance.now() < (this.#nextMs.get(id) ?? 0)) continue;
      this.#nextMs.set(id, performance.now() + LOOK_EVERY_MS);
      background.run('pool.versions', (signal) => this.#lookAt(id, signal));
    }
  }

  async #lookAt(id: ServerId, signal: AbortSignal): Promise<void> {
    const { servers, runtimes, image } = this.#options;
    const engine = await (await servers.get(id)).engine();
    const found = await engine.findImage(image, { signal });
    const runtime = await runtimes.ensure(engine, { signal, timeoutMs: LOOK_TIMEOUT_MS });
    const isKnown = found !== undefined && runtime !== 'filling';
    this.#found.set(id, isKnown ? { imageId: found.id, version: runtime.version } : undefined);
  }
}
