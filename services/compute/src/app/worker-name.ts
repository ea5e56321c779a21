import { createHash, randomUUID } from 'node:crypto';
import { connect, createServer, type Server } from 'node:net';

export interface WorkerName {
  /** Of this process alone: the instance, and a part of its own. */
  workerId: string;
  /** Those of this machine and state folder whose process has ended, and the one that this process has taken over. */
  endedInstances: readonly string[];
  /** Lets another process have the name. */
  release(): void;
}

/** So many computes can share a machine and a state folder and still be told apart after a crash. */
const INSTANCES_MAX = 8;
const HOST_NAME_MAX = 40;
const FOLDER_DIGITS = 8;

/**
 * Names this process after its machine and its state folder, so that api knows a predecessor by it. Who holds a name listens at a socket
 * in the kernel’s own name space: two processes never hold the same, and the kernel frees it at the moment a process dies.
 */
export async function takeWorkerName(place: { host: string; stateDirectory: string }): Promise<WorkerName> {
  const folder = createHash('sha256').update(place.stateDirectory).digest('hex').slice(0, FOLDER_DIGITS);
  const names = Array.from(
    { length: INSTANCES_MAX },
    (_, number) => `compute-${place.host.slice(0, HOST_NAME_MAX)}-${folder}-${number}`,
  );
  const endedInstances: string[] = [];
  let held: { name: string; server: Server } | undefined;
  for (const name of names) {
    const server = held === undefined ? await hold(name) : undefined;
    if (server !== undefined) held = { name, server };
    if (server !== undefined || !(await isHeld(name))) endedInstances.push(name);
  }
  const own = held?.name ?? `compute-${place.host.slice(0, HOST_NAME_MAX)}-${folder}-more`;
  return {
    workerId: `${own}/${randomUUID()}`,
    endedInstances,
    release: () => void held?.server.close(),
  };
}

/** Linux: a socket whose path begins with a zero byte is in no file system. */
function socketOf(name: string): string {
  return `\0${name}`;
}

async function hold(name: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(socketOf(name), () => resolve(server.unref()));
  });
}

async function isHeld(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketOf(name));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
