import { connect, type Socket } from 'node:net';
import type { LinkTarget } from '@podex/contracts/internal/link';

export interface DialOptions {
  daemonSocketPath: string;
  signal: AbortSignal;
}

/** Servers listen on either; most on the first. */
const LOOPBACKS = ['127.0.0.1', '::1'];

/** Connects to the daemon or to a port of the workspace’s own loopback. Rejects with the error of the last try. */
export async function dialTarget(target: LinkTarget, options: DialOptions): Promise<Socket> {
  if (target.kind === 'daemon') return dial({ path: options.daemonSocketPath }, options.signal);
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
