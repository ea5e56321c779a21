import { PodexError } from '@podex/contracts/errors';
import type { ServerId } from '@podex/contracts/ids';
import { within } from '@podex/service-kit/waiting';
import type { Engine } from '../docker/engine.ts';
import { SingleFlight } from '../waiting/single-flight.ts';

/** Brings images to servers. A pull takes as long as it takes: those who wait for it may leave and come again. */
export class ImagePulls {
  readonly #pulls = new SingleFlight<string, void>();
  readonly #architectures = new Map<string, string>();
  /** As last seen; by the server’s id and the reference. */
  readonly #there = new Set<string>();
  readonly #percents = new Map<string, number>();
  /** Of the last pull that failed, until one succeeds. */
  readonly #failures = new Map<string, Failure>();
  readonly #stallMs: number | undefined;

  /** @param options.stallMs After so long without progress a pull is given up; two minutes. */
  constructor(options: { stallMs?: number } = {}) {
    this.#stallMs = options.stallMs;
  }

  /** As last seen on any server; undefined when none was seen to have the image. */
  architectureOf(reference: string): string | undefined {
    return this.#architectures.get(reference);
  }

  /** As this compute last saw it: somebody may have removed it since. */
  isThere(serverId: ServerId, reference: string): boolean {
    return this.#there.has(keyOf(serverId, reference));
  }

  /** How far a pull that goes on has come; undefined while its size is not known. */
  percentOf(engine: Engine, reference: string): number | undefined {
    return this.#percents.get(keyOf(engine.identity.serverId, reference));
  }

  /** Why the last pull failed, while the next one goes on. */
  failureOf(engine: Engine, reference: string): string | undefined {
    return this.#failures.get(keyOf(engine.identity.serverId, reference))?.error.message;
  }

  /**
   * A pull that failed while nobody waited for it is told to who asks next.
   *
   * @returns `pulling` when the image is not there after `timeoutMs`; the pull continues.
   * @throws PodexError image_not_available when it cannot be pulled.
   */
  async ensure(
    engine: Engine,
    reference: string,
    options: { signal?: AbortSignal | undefined; timeoutMs: number },
  ): Promise<'there' | 'pulled' | 'pulling'> {
    const key = keyOf(engine.identity.serverId, reference);
    const image = await engine.findImage(reference, { signal: options.signal });
    if (image !== undefined) {
      this.#architectures.set(reference, image.architecture);
      this.#there.add(key);
      this.#failures.delete(key);
      return 'there';
    }
    this.#there.delete(key);
    this.#throwUntold(key);
    try {
      await within(options, () => this.#pull(engine, reference));
      return 'pulled';
    } catch (error) {
      const failure = this.#failures.get(key);
      if (failure !== undefined && failure.error === error) failure.isTold = true;
      const isWaitOver = PodexError.has(error, 'timed_out') && error.context.timeout_ms === options.timeoutMs;
      if (isWaitOver && !options.signal?.aborted) return 'pulling';
      throw error;
    }
  }

  #throwUntold(key: string): void {
    const failure = this.#failures.get(key);
    if (failure === undefined || failure.isTold) return;
    failure.isTold = true;
    throw failure.error;
  }

  #pull(engine: Engine, reference: string): Promise<void> {
    const key = keyOf(engine.identity.serverId, reference);
    return this.#pulls.run(key, async () => {
      try {
        const onProgress = (percent: number) => this.#percents.set(key, percent);
        await engine.pullImage(reference, { onProgress, stallMs: this.#stallMs });
        this.#failures.delete(key);
      } catch (error) {
        if (error instanceof Error) this.#failures.set(key, { error, isTold: false });
        throw error;
      } finally {
        this.#percents.delete(key);
      }
    });
  }
}

interface Failure {
  error: Error;
  isTold: boolean;
}

function keyOf(serverId: ServerId, reference: string): string {
  return `${serverId} ${reference}`;
}
