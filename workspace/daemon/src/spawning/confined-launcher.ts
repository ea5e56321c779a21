import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Confinement } from './confinement.ts';
import type { ForkServer, LaunchedProcess } from './fork-server.ts';
import type { Launch } from './launch-message.ts';
import { isReachable, readMounts } from './mounts.ts';
import type { Pipes } from './pipes.ts';
import { listProcesses, readProcessFile } from './process-table.ts';

export interface ConfinedLauncherOptions {
  /** Of its own: it waits while the ids of a child are mapped. */
  forkServer: ForkServer;
  pipes: Pipes;
  /** Whose files may be read. */
  user: { uid: number; gid: number };
  homePath: string;
}

/** A confined process that is about to begin, with its own user. */
export interface Reader {
  uid: number;
  launch: (launch: Launch) => Promise<LaunchedProcess>;
  /** In place of it. */
  release: () => void;
}

/** Beside what systems give to accounts and services. */
const FIRST_UID = 65_600;
export const READERS_MAX = 64;
/** A folder of every Linux in which everyone may write, and no program looks for files of the user. */
export const SCRATCH_PATH = '/dev/shm';
/** Where terminals are: what is typed in one must not be read. */
const TERMINALS_PATH = '/dev/pts';
/** Of the kernel: what may be changed there asks for more than the process has. */
const KERNEL_PATHS = ['/dev', '/proc', '/sys'];
const KILL_AGAIN_AFTER_MS = 5;

/** Starts processes that may only read, see `confinement.ts`. All that one has started ends with it. */
export class ConfinedLauncher {
  readonly #options: ConfinedLauncherOptions;
  readonly #taken = new Set<number>();
  #before: Promise<unknown> = Promise.resolve();

  constructor(options: ConfinedLauncherOptions) {
    this.#options = options;
  }

  /** Undefined when all are taken. */
  reserve(): Reader | undefined {
    const uid = Array.from({ length: READERS_MAX }, (_, index) => FIRST_UID + index).find(
      (candidate) => !this.#taken.has(candidate),
    );
    if (uid === undefined) return undefined;
    this.#taken.add(uid);
    return {
      uid,
      launch: (launch) => this.#launch(launch, uid),
      release: () => this.#taken.delete(uid),
    };
  }

  stop(): void {
    this.#options.forkServer.stop();
  }

  async #launch(launch: Launch, uid: number): Promise<LaunchedProcess> {
    const begun = this.#before.then(() => this.#begin(launch, uid));
    this.#before = begun.catch(() => undefined);
    const process = await begun;
    const ended = process.ended.then(async (end) => {
      await this.#endAllOf(uid);
      this.#taken.delete(uid);
      return end;
    });
    return { ...process, ended };
  }

  /** One at a time: the child that waits is the only one that is not known. */
  async #begin(launch: Launch, uid: number): Promise<LaunchedProcess> {
    const { forkServer, pipes, user, homePath } = this.#options;
    const [ready, mapped] = [await pipes.openOutput(), await pipes.openInput()];
    const count = launch.descriptors.length;
    const confinement: Confinement = {
      uid,
      readyDescriptor: count,
      mappedDescriptor: count + 1,
      mounts: readMounts().filter(({ path }) => !isOfKernel(path) && isReachable(path, user)),
      home: homePath,
      hidden: TERMINALS_PATH,
      scratch: SCRATCH_PATH,
    };
    try {
      const launched = forkServer.launch({
        ...launch,
        descriptors: [...launch.descriptors, ready.end, mapped.end],
        confinement,
      });
      const isWaiting = once(ready.output, 'data').then(() => true);
      const isGone = launched.then(
        () => false,
        () => false,
      );
      if (await Promise.race([isWaiting, isGone])) await this.#mapIds(uid);
      mapped.input.write('\0');
      return await launched;
    } finally {
      ready.close();
      mapped.closeEnd();
      mapped.input.destroy();
    }
  }

  async #mapIds(uid: number): Promise<void> {
    const { forkServer, user } = this.#options;
    const pid = await forkServer.findWaitingChild();
    const map = (id: number) => `0 ${uid} 1\n${id} ${id} 1\n`;
    await writeFile(`/proc/${pid}/uid_map`, map(user.uid));
    await writeFile(`/proc/${pid}/gid_map`, map(user.gid));
  }

  async #endAllOf(uid: number): Promise<void> {
    while (await hasProcesses(uid)) {
      await this.#options.forkServer.killAllOf(uid);
      await pause(KILL_AGAIN_AFTER_MS);
    }
  }
}

async function hasProcesses(uid: number): Promise<boolean> {
  const isOwn = new RegExp(`^Uid:\\s+${uid}\\s`, 'm');
  const living = (await listProcesses()).filter(({ state }) => state !== 'Z');
  const statuses = await Promise.all(living.map(({ pid }) => readProcessFile(pid, 'status')));
  return statuses.some((status) => status !== undefined && isOwn.test(status));
}

function isOfKernel(place: string): boolean {
  return KERNEL_PATHS.some((folder) => place === folder || place.startsWith(`${folder}/`));
}
