import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { LinkTarget } from '@podex/contracts/internal/link';

export interface DialOptions {
  daemonSocketPath: string;
  /** The daemon may still be starting; ports are not waited for. */
  daemonTimeoutMs: number;
  signal: AbortSignal;
}

const RETRY_MS = 10;
/** Servers listen on either; most on the first. */
const LOOPBACKS = ['127.0.0.1', '::1'];

/** Connects to the daemon or to a port of the workspace’s own loopback. Rejects with the error of the last try. */
export async function dialTarget(target: LinkTarget, options: DialOptions): Promise<Socket> {
  if (target.kind === 'daemon') return dialDaemon(options);
  let failure: unknown;
  for (const host of LOOPBACKS) {
    try {
      return await dial({ host, port: target.port }, options.signal);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function dialDaemon({ daemonSocketPath, daemonTimeoutMs, signal }: DialOptions): Promise<Socket> {
  const deadline = performance.now() + daemonTimeoutMs;
  for (;;) {
    try {
      return await dial({ path: daemonSocketPath }, signal);
    } catch (error) {
      if (signal.aborted || performance.now() > deadline) throw error;
      await pause(RETRY_MS, undefined, { signal });
    }
  }
}

function dial(
  place: { path: string } | { host: string; port: number },
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...place, allowHalfOpen: true, noDelay: true, signal });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
