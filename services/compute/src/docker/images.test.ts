import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { openEngine } from './engine.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** An engine whose pull writes these lines. */
async function engineThatPulls(lines: readonly object[]) {
  const socket = path.join(temporaryFolder('engine'), 'docker.sock');
  server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  });
  await new Promise<void>((resolve) => server?.listen(socket, resolve));
  return openEngine({ serverId: 'srv', serverName: 'ws1', address: { kind: 'socket', path: socket } });
}

it('tells how far a pull has come, of the layers whose size is known', async () => {
  const downloading = (id: string, current: number, total: number) => ({
    id,
    status: 'Downloading',
    progressDetail: { current, total },
  });
  const engine = await engineThatPulls([
    { status: 'Pulling from library/debian' },
    { id: 'there', status: 'Already exists', progressDetail: {} },
    downloading('a', 50, 100),
    downloading('b', 0, 300),
    { id: 'a', status: 'Download complete' },
    { id: 'a', status: 'Extracting', progressDetail: { current: 1, total: 100 } },
    downloading('b', 200, 300),
  ]);
  const percents: number[] = [];
  await engine.pullImage('debian:12', { onProgress: (percent) => percents.push(percent) });
  expect(percents).toEqual([50, 12, 25, 75]);
  engine.close();
});

it('fails with what the registry says in the middle of it', async () => {
  const engine = await engineThatPulls([{ id: 'a', status: 'Waiting' }, { error: 'manifest unknown' }]);
  await expect(engine.pullImage('debian:12')).rejects.toThrow(/manifest unknown\. Push it to a registry/);
  engine.close();
});
