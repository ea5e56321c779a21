import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import type { TestServer } from '../../../../tests/testbed/test-server.ts';
import { startTestbed, type Testbed } from '../../../../tests/testbed/testbed.ts';
import { type Engine, openEngine } from '../docker/engine.ts';
import { wallNames } from './wall-names.ts';
import { ensureWallNetwork, findWallBridge } from './wall-network.ts';

const MTU = 1400;
const START = { timeoutMs: 30_000, everyMs: 100 };

let testbed: Testbed;
let machine: TestServer;
let engines: Engine[];

beforeAll(async () => {
  const directory = temporaryFolder('two-engines');
  testbed = await startTestbed({ directory, servers: 1 });
  const [server] = testbed.servers;
  if (server === undefined) throw new Error('the testbed has no server');
  machine = server;
  const second = await startSecondEngine(path.join(directory, 'second'));
  engines = await Promise.all([path.join(directory, machine.name, 'docker.sock'), second].map(engineAt));
});

afterAll(async () => {
  for (const engine of engines ?? []) engine.close();
  await testbed?.stop();
});

/** Beside the first, on the same machine: its network, its packet filter, its `/etc/docker`. It ends with the machine. */
async function startSecondEngine(folder: string): Promise<string> {
  mkdirSync(folder);
  const at = (name: string) => path.join(folder, name);
  const configuration = {
    'data-root': at('data'),
    'exec-root': at('exec'),
    pidfile: at('docker.pid'),
    hosts: [`unix://${at('docker.sock')}`],
    bridge: 'none',
  };
  writeFileSync(at('daemon.json'), JSON.stringify(configuration));
  const start = `setsid dockerd --config-file ${at('daemon.json')} >${at('log')} 2>&1 </dev/null &`;
  await machine.enter(['sh', '-c', start]);
  const ping = `curl -fs --unix-socket ${at('docker.sock')} http://engine/_ping`;
  await waitUntil(() => machine.enter(['sh', '-c', ping]).catch(() => undefined), START);
  return at('docker.sock');
}

function engineAt(socket: string): Promise<Engine> {
  return openEngine({ serverId: 'srv', serverName: 'ws', address: { kind: 'socket', path: socket } });
}

async function makeNetwork(engine: Engine): Promise<string> {
  const { bridge } = wallNames(await engine.readInfo(), await findWallBridge(engine));
  return (await ensureWallNetwork(engine, { bridge, mtu: MTU })).gateway ?? '';
}

describe('two engines of one machine', () => {
  it('have one id, and each keeps its own router for workspaces', async () => {
    const ids = await Promise.all(engines.map(async (engine) => (await engine.readInfo()).engineId));
    expect(new Set(ids).size).toBe(1);
    const gateways: string[] = [];
    for (const engine of engines) gateways.push(await makeNetwork(engine));
    expect(new Set(gateways).size).toBe(2);
    const addresses = await machine.enter(['ip', '-4', '-oneline', 'address']);
    for (const gateway of gateways) expect(addresses).toContain(` ${gateway}/`);
    // As at every later check.
    for (const engine of engines) expect(gateways).toContain(await makeNetwork(engine));
  });
});
