import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { WatchEvent } from '@podex/contracts/file-events';
import { expect, it } from 'vitest';
import { EventStream } from './event-stream.ts';

const EVENTS = 2_000;
/** With EVENTS of it, 40 MB. */
const EVENT: WatchEvent = { type: 'changes', changes: [{ path: 'x'.repeat(20_000), kind: 'changed' }] };
const HELD_BYTES_MAX = 1_200_000;

it('holds a megabyte for a reader who takes nothing, and then tells of an overflow', async () => {
  const answered = Promise.withResolvers<ServerResponse>();
  const server = createServer((_request, response) => answered.resolve(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const asking = request({ port, host: '127.0.0.1' }).end();
  const response = await answered.promise;
  using events = new EventStream(response);
  events.send({ type: 'ready', folders: 1, not_watched: [] });
  const [incoming] = await once(asking, 'response');
  incoming.pause();
  for (let count = 0; count < EVENTS; count += 1) {
    events.send(EVENT);
    // Lets the sockets take what they take.
    await new Promise(setImmediate);
    expect(response.writableLength).toBeLessThan(HELD_BYTES_MAX);
  }
  const drained = once(response, 'drain');
  const read = text(incoming);
  await drained;
  events.send({ type: 'incomplete', max_folders: 1 });
  response.end();
  const told = (await read).split('\n\n').filter((message) => message !== '');
  expect(told.length).toBeLessThan(EVENTS);
  expect(told.slice(-2)).toEqual([
    'data: {"type":"overflow"}',
    'data: {"type":"incomplete","max_folders":1}',
  ]);
  server.close();
});
