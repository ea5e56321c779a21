import { chmodSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { openPodexHome, type PodexHome, podexHome } from '../state/podex-home.ts';
import { identifyProcess, stopProcess } from '../state/process-identity.ts';
import { PostgresCluster } from './postgres-cluster.ts';

let home: PodexHome;
let cluster: PostgresCluster;

beforeAll(async () => {
  // As root the server runs as a user that cannot enter every temporary folder.
  const directory = temporaryFolder('cluster', '/var/tmp');
  chmodSync(directory, 0o755);
  home = podexHome(directory);
  await openPodexHome(home);
  cluster = await PostgresCluster.open(home);
});

afterAll(async () => {
  await cluster.stop();
  rmSync(home.directory, { recursive: true, force: true });
});

/** The first bytes of the protocol: the server answers an SSL request with one letter. */
async function answersAsPostgres(port: number): Promise<boolean> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('error', () => settle(false));
    socket.once('data', (data) => settle(data.toString() === 'N' || data.toString() === 'S'));
    socket.once('connect', () => socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])));
  });
}

describe('the embedded database', () => {
  it('is made and started, for its own user and on the loopback address only', async () => {
    const running = await cluster.start();
    expect(running.wasRunning).toBe(false);
    expect(await answersAsPostgres(running.port)).toBe(true);
    const data = statSync(path.join(home.postgresDirectory, 'data'));
    expect(data.mode & 0o077).toBe(0);
    if (process.getuid?.() === 0) expect(data.uid).not.toBe(0);
    const sockets = readFileSync(`/proc/${running.pid}/net/tcp`, 'utf8').split('\n');
    const port = running.port.toString(16).toUpperCase().padStart(4, '0');
    const listening = sockets.filter((line) => line.includes(`:${port} `) && line.includes(' 0A '));
    expect(listening.every((line) => line.includes(`0100007F:${port}`))).toBe(true);
  });

  it('is found running by the next start, with the same address', async () => {
    const first = await cluster.start();
    const second = await (await PostgresCluster.open(home)).start();
    expect(second).toEqual({ ...first, wasRunning: true });
  });

  it('comes back after a kill, on the same port and with the same password', async () => {
    const before = await cluster.start();
    const identity = await identifyProcess(before.pid);
    if (identity) await stopProcess(identity, { signal: 'SIGKILL', graceMs: 5_000 });
    expect(await cluster.isRunning()).toBe(false);
    const after = await cluster.start();
    expect(after.url).toBe(before.url);
    expect(after.wasRunning).toBe(false);
  });

  it('is started once when two start it at a time', async () => {
    await cluster.stop();
    const [one, two] = await Promise.allSettled([cluster.start(), cluster.start()]);
    expect([one.status, two.status]).toContain('fulfilled');
    expect(await cluster.isRunning()).toBe(true);
  });

  it('stops, and stopping again is fine', async () => {
    await cluster.start();
    await cluster.stop();
    expect(await cluster.isRunning()).toBe(false);
    await expect(cluster.stop()).resolves.toBeUndefined();
  });
});
