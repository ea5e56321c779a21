import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { findFreePort, findPortHolder, isPortFree, listeningInodes, requireFreePorts } from './ports.ts';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0
   1: 0100007F:0BB8 0100007F:E1C2 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 20 4 30 10 -1
   2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0
`;

async function listen() {
  const server = createServer();
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, [Symbol.dispose]: () => void server.close() };
}

const wanted = (port: number, service = 'web') => ({
  port,
  service,
  host: '127.0.0.1',
  variable: `PODEX_${service.toUpperCase()}_PORT`,
});

describe('ports', () => {
  it('are found in the table of sockets, listening ones only', () => {
    expect(listeningInodes(TABLE, 3000)).toEqual(['111']);
    expect(listeningInodes(TABLE, 80)).toEqual(['333']);
    expect(listeningInodes(TABLE, 8080)).toEqual([]);
  });

  it('are free, or not', async () => {
    using server = await listen();
    expect(await isPortFree(server.port)).toBe(false);
    expect(await isPortFree(await findFreePort())).toBe(true);
  });

  it('name the process that has them', async () => {
    using server = await listen();
    expect(await findPortHolder(server.port)).toMatchObject({ pid: process.pid });
  });

  it('are refused all at once, with a way out', async () => {
    using first = await listen();
    using second = await listen();
    const refusal = requireFreePorts([
      wanted(first.port),
      wanted(second.port, 'api'),
      wanted(await findFreePort()),
    ]);
    await expect(refusal).rejects.toMatchObject({
      message: expect.stringMatching(
        new RegExp(
          `port ${first.port}, wanted for web, is taken by pid ${process.pid}[\\s\\S]*port ${second.port}`,
        ),
      ),
      cure: expect.arrayContaining([
        expect.stringContaining(`PODEX_API_PORT=${second.port + 100} ./podex up`),
      ]),
      exitCode: 78,
    });
  });

  it('are refused on an address that is not ours', async () => {
    await expect(requireFreePorts([{ ...wanted(3000), host: '203.0.113.7' }])).rejects.toThrow(
      '203.0.113.7 is not an address of this machine',
    );
  });
});
