import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { SpareConnection } from './spare-connection.ts';

it('is not kept when it was closed while it was being opened', async () => {
  const opening = Promise.withResolvers<{ connection: PassThrough }>();
  const spare = new SpareConnection(() => opening.promise);
  spare.prepare();
  spare.close();
  const connection = new PassThrough();
  opening.resolve({ connection });
  await expect.poll(() => connection.destroyed).toBe(true);
  expect(spare.take()).toBeUndefined();
});

it('is given once, and not when its other end has spoken or ended', async () => {
  const connections: PassThrough[] = [];
  const spare = new SpareConnection(async () => {
    const connection = new PassThrough();
    connections.push(connection);
    return { connection };
  });
  spare.prepare();
  await expect.poll(() => connections.length).toBe(1);
  await expect.poll(() => spare.take()?.connection).toBe(connections[0]);
  expect(spare.take()).toBeUndefined();
  spare.prepare();
  await expect.poll(() => connections.length).toBe(2);
  connections[1]?.end();
  await expect.poll(() => connections[1]?.destroyed).toBe(true);
  expect(spare.take()).toBeUndefined();
});
