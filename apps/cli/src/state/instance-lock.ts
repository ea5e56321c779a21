import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode } from '../cli-error.ts';

const RETRY_EVERY_MS = 200;

export interface InstanceLock extends AsyncDisposable {
  release(): Promise<void>;
}

/**
 * Takes a lock of this machine, or gives undefined when another process holds it. The kernel lets go of it when
 * its holder ends in whatever way, so there is no stale lock to clear.
 *
 * It is a name in Linux's abstract socket namespace: nothing on disk, nobody can connect and learn anything.
 */
export async function tryLock(subject: string): Promise<InstanceLock | undefined> {
  const server = createServer((socket) => socket.destroy());
  const name = `\0podex-lock-${createHash('sha256').update(subject).digest('hex').slice(0, 32)}`;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path: name }, resolve);
    });
  } catch (error) {
    if (errorCode(error) === 'EADDRINUSE') return undefined;
    throw error;
  }
  server.unref();
  const release = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { release, [Symbol.asyncDispose]: release };
}

/** Waits for the lock; `onWait` is called once, when another process holds it. @throws the signal's reason. */
export async function takeLock(
  subject: string,
  options: { signal: AbortSignal; timeoutMs: number; onWait?: () => void },
): Promise<InstanceLock> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]);
  let told = false;
  for (;;) {
    const lock = await tryLock(subject);
    if (lock) return lock;
    if (!told) options.onWait?.();
    told = true;
    await delay(RETRY_EVERY_MS, undefined, { signal });
  }
}
