import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Version 1 has a tree for each controller, version 2 one for all. */
const ROOTS = { freezer: '/sys/fs/cgroup/freezer', cpuacct: '/sys/fs/cgroup/cpuacct', all: '/sys/fs/cgroup' };

async function findGroup(root: string, containerId: string): Promise<string> {
  const names = await readdir(root, { recursive: true });
  const found = names.find((name) => path.basename(name).includes(containerId));
  if (found === undefined) throw new Error(`${containerId} has no control group below ${root}`);
  return path.join(root, found);
}

/** As the kernel of this machine, on which the engine of the tests runs, says. */
export async function isFrozen(containerId: string): Promise<boolean> {
  if (existsSync(ROOTS.freezer)) {
    const group = await findGroup(ROOTS.freezer, containerId);
    return (await readFile(path.join(group, 'freezer.state'), 'utf8')).trim() === 'FROZEN';
  }
  const group = await findGroup(ROOTS.all, containerId);
  return /^frozen 1$/m.test(await readFile(path.join(group, 'cgroup.events'), 'utf8'));
}

/** What the processes of a container have used so far, its sandbox among them. */
export async function cpuSeconds(containerId: string): Promise<number> {
  if (existsSync(ROOTS.cpuacct)) {
    const group = await findGroup(ROOTS.cpuacct, containerId);
    return Number(await readFile(path.join(group, 'cpuacct.usage'), 'utf8')) / 1e9;
  }
  const group = await findGroup(ROOTS.all, containerId);
  const [, used] = /^usage_usec (\d+)$/m.exec(await readFile(path.join(group, 'cpu.stat'), 'utf8')) ?? [];
  return Number(used) / 1e6;
}
