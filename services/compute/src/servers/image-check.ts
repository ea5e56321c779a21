import type { ServerCheck } from '@podex/contracts/servers';
import type { Engine } from '../docker/engine.ts';
import type { ImagePulls } from '../engine-jobs/image-pulls.ts';
import { describe, fail, pass } from './checks.ts';

/** Shorter than the caller of a check waits. */
const PULL_WAIT_MS = 5_000;

export interface ImageCheck {
  engine: Engine;
  reference: string;
  images: ImagePulls;
  /** How long it waits for an image that is pulled. */
  pullWaitMs?: number | undefined;
}

/** A long pull continues after its preflight has ended; the next one finds the image. */
export async function checkImage(
  { engine, reference, images, pullWaitMs: timeoutMs = PULL_WAIT_MS }: ImageCheck,
  signal: AbortSignal,
): Promise<{ check: ServerCheck; isPulling: boolean }> {
  try {
    const found = await images.ensure(engine, reference, { signal, timeoutMs });
    if (found !== 'pulling') {
      const words = found === 'there' ? `${reference} is there.` : `${reference} was pulled.`;
      return { check: pass('image', words), isPulling: false };
    }
    const percent = images.percentOf(engine, reference);
    const failure = images.failureOf(engine, reference);
    const words = [
      `Pulling ${reference}${percent === undefined ? '' : ` … ${percent} %`}. Wait for it.`,
      ...(failure === undefined ? [] : [`The last try failed: ${failure}`]),
    ].join(' ');
    return { check: { ...fail('image', words), percent: percent ?? null }, isPulling: true };
  } catch (error) {
    signal.throwIfAborted();
    return { check: fail('image', describe(error)), isPulling: false };
  }
}
