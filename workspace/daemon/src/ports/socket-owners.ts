import { readdir, readFile, readlink } from 'node:fs/promises';

const SOCKET = /^socket:\[(\d+)\]$/;
/** A workspace with more than that names no more owners: looking would keep the daemon from other work. */
const PROCESSES_MAX = 2_048;
const NAME_MAX = 64;

/**
 * Finds which process holds which socket. It walks over the files of every process, which costs a third of a millisecond for each under
 * gVisor, so it is done only for sockets that are new.
 */
export class SocketOwners {
  #names = new Map<string, string | null>();

  /** @returns the name of the process of each socket, null where none was found. */
  async find(inodes: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    const missing = new Set(inodes.filter((inode) => !this.#names.has(inode)));
    const found = missing.size === 0 ? new Map<string, string>() : await walkProcesses(missing);
    this.#names = new Map(
      inodes.map((inode) => [inode, this.#names.get(inode) ?? found.get(inode) ?? null] as const),
    );
    return this.#names;
  }
}

async function walkProcesses(wanted: ReadonlySet<string>): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).slice(0, PROCESSES_MAX);
  for (const pid of pids) {
    const held = (await socketsOf(pid)).filter((inode) => wanted.has(inode));
    if (held.length === 0) continue;
    const name = await nameOf(pid);
    // The parent comes first; a child that has inherited the socket serves for it.
    for (const inode of held) if (name !== undefined && !found.has(inode)) found.set(inode, name);
    if (found.size === wanted.size) break;
  }
  return found;
}

/** Nothing of a process that has ended meanwhile. */
async function socketsOf(pid: string): Promise<string[]> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const targets = await Promise.all(
    descriptors.map((descriptor) => readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')),
  );
  return targets.flatMap((target) => SOCKET.exec(target)?.[1] ?? []);
}

async function nameOf(pid: string): Promise<string | undefined> {
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => undefined);
  return name?.trim().replaceAll(/\p{C}/gu, '').slice(0, NAME_MAX);
}
