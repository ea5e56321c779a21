import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { takeWorkerName, type WorkerName } from './worker-name.ts';

const held: WorkerName[] = [];
afterEach(() => {
  for (const name of held.splice(0)) name.release();
});

const take = async (host: string, stateDirectory = '/state') => {
  const name = await takeWorkerName({ host, stateDirectory });
  held.push(name);
  return name;
};
const instanceOf = ({ workerId }: WorkerName) => workerId.split('/')[0] ?? '';
const anyHost = () => `test-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;

describe('takeWorkerName', () => {
  it('gives two processes of one machine names of their own, and neither speaks for the other', async () => {
    const host = anyHost();
    const first = await take(host);
    const second = await take(host);
    const elsewhere = await take(host, '/other-state');
    expect(new Set([first, second, elsewhere].map(instanceOf)).size).toBe(3);
    expect(second.endedInstances).not.toContain(instanceOf(first));
    expect(elsewhere.endedInstances).not.toContain(instanceOf(first));
  });

  it('gives a killed process’s name to its successor at once', async () => {
    const host = anyHost();
    const program = `
      import { takeWorkerName } from ${JSON.stringify(path.join(import.meta.dirname, 'worker-name.ts'))};
      console.log((await takeWorkerName({ host: ${JSON.stringify(host)}, stateDirectory: '/state' })).workerId);
      setInterval(() => undefined, 1_000);`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [told] = await once(child.stdout, 'data');
    const predecessor = String(told).trim();
    const beside = await take(host);
    expect(beside.endedInstances).not.toContain(predecessor.split('/')[0]);
    beside.release();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const successor = await take(host);
    expect(successor.endedInstances).toContain(predecessor.split('/')[0]);
    expect(successor.workerId).not.toBe(predecessor);
  });
});
