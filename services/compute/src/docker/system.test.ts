import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { type Engine, openEngine } from './engine.ts';

const HONEST = {
  ID: 'id',
  ServerVersion: '27.5.1',
  KernelVersion: '6.8',
  OperatingSystem: 'Debian',
  OSType: 'linux',
  Architecture: 'x86_64',
  NCPU: 4,
  MemTotal: 8_589_934_592,
  SystemTime: new Date().toISOString(),
  Runtimes: { runsc: { path: '/usr/bin/runsc' } },
};

let server: Server | undefined;
let engine: Engine | undefined;

afterEach(async () => {
  engine?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

/** An engine that says of itself what the test wants. */
async function engineThatSays(info: object): Promise<Engine> {
  const socket = path.join(temporaryFolder('engine'), 'docker.sock');
  server = createServer((request, response) => {
    response.end(
      JSON.stringify(request.url === '/version' ? { ApiVersion: '1.47' } : { ...HONEST, ...info }),
    );
  });
  await new Promise<void>((resolve) => server?.listen(socket, resolve));
  engine = await openEngine({
    serverId: 'srv',
    serverName: 'ws1',
    address: { kind: 'socket', path: socket },
  });
  return engine;
}

describe('what an engine says of itself', () => {
  it('is believed when it may be', async () => {
    const info = await (await engineThatSays({})).readInfo();
    expect(info).toMatchObject({ cpus: 4, memoryMb: 8_192, runtimes: { runsc: '/usr/bin/runsc' } });
    // An engine that says nothing of it promises nothing.
    expect(info.liveRestore).toBe(false);
    expect((await (await engineThatSays({ LiveRestoreEnabled: true })).readInfo()).liveRestore).toBe(true);
    expect(Math.abs(info.clockSkewMs)).toBeLessThan(60_000);
  });

  it.each([
    [
      { NCPU: -4, MemTotal: -1 },
      { cpus: 0, memoryMb: 0 },
    ],
    [
      { NCPU: 1e300, MemTotal: 1e300 },
      { cpus: Number.MAX_SAFE_INTEGER, memoryMb: 8_589_934_591 },
    ],
    [{ NCPU: 0.5 }, { cpus: 0 }],
  ])('is nothing where it is less than nothing, and a number in any case: %j', async (says, counts) => {
    expect(await (await engineThatSays(says)).readInfo()).toMatchObject(counts);
  });

  it.each(['soon', '', '+999999-01-01T00:00:00Z'])(
    'gives a clock that is far off when it says “%s”',
    async (SystemTime) => {
      const { clockSkewMs } = await (await engineThatSays({ SystemTime })).readInfo();
      expect(Number.isSafeInteger(clockSkewMs)).toBe(true);
      expect(Math.abs(clockSkewMs)).toBeGreaterThan(86_400_000);
    },
  );

  it('is cut where it is longer than an honest one', async () => {
    const Runtimes = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`r${index}`, {}]));
    const info = await (await engineThatSays({ ID: 'x'.repeat(1_000_000), Runtimes })).readInfo();
    expect(info.engineId).toHaveLength(200);
    expect(Object.keys(info.runtimes).length).toBeLessThanOrEqual(100);
  });
});
