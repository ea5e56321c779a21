import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { HostNetwork } from './network.ts';

/** Where every host has its storage, as a real workspace server has. */
export const STORAGE_PATH = '/mnt/data/workspaces';

const START_TIMEOUT_MS = 10_000;

/**
 * What a host does as its process 1: a name of its own, its storage at the usual place, run files that do not
 * outlive it, and the folder in which an engine keeps its id; then reap orphans until it is killed. Arguments: name, storage folder,
 * that folder.
 */
const INIT_SCRIPT = `
set -e
hostname "$1"
mount -t tmpfs -o mode=755 tmpfs /mnt/data
mkdir ${STORAGE_PATH}
mount --bind "$2" ${STORAGE_PATH}
mount -t tmpfs -o mode=711 tmpfs /run/containerd
mkdir -p /etc/docker
mount --bind "$3" /etc/docker
echo ready
exec >/dev/null
trap 'exit 0' TERM
while :; do sleep 3600 & wait $!; done
`;

/**
 * Starts a host without an engine: mount, pid, uts and ipc namespaces of its own inside its network namespace.
 * Its process 1 outlives this one; everything in the host dies with it, as with a power loss.
 *
 * `nsenter --net` and not `ip netns exec`: that would mount /sys again and hide the control groups from dockerd.
 *
 * @returns the pid of its process 1, as this machine counts.
 */
export async function startHostInit(host: {
  name: string;
  network: HostNetwork;
  storage: string;
  /** Its /etc/docker. */
  engineSettings: string;
  logFile: string;
}): Promise<number> {
  await using log = await open(host.logFile, 'a');
  const child = spawn(
    'nsenter',
    [
      `--net=/run/netns/${host.network.namespace}`,
      ...[
        'unshare',
        '--mount',
        '--pid',
        '--uts',
        '--ipc',
        '--fork',
        '--mount-proc',
        '--propagation',
        'slave',
      ],
      ...['bash', '-c', INIT_SCRIPT, 'host-init', host.name, host.storage, host.engineSettings],
    ],
    { detached: true, stdio: ['ignore', 'pipe', log.fd] },
  );
  const output = child.stdout;
  if (!output) throw new Error('a piped output is missing');
  const ready = once(output, 'data', { signal: AbortSignal.timeout(START_TIMEOUT_MS) });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`test host ${host.name} did not start: exit code ${code}, see ${host.logFile}`);
  });
  // Only a failure before readiness counts; the end of a host later on is expected.
  ended.catch(() => undefined);
  await Promise.race([ready, ended]);
  output.destroy();
  child.unref();
  const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
  const pid = Number(children.trim());
  if (!Number.isInteger(pid) || pid <= 1) throw new Error(`test host ${host.name} has no process 1`);
  return pid;
}

/** Kills process 1 and waits until the kernel has taken everything in the host with it. */
export async function killHostInit(pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return;
    throw error;
  }
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (await isThere(pid)) {
    if (performance.now() > deadline) throw new Error(`process 1 (pid ${pid}) of a test host does not end`);
    await delay(20);
  }
}

/** A zombie counts as gone: its parent may be busy. */
async function isThere(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return text !== undefined && !/\) Z /.test(text);
}
