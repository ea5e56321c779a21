import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readdirSync, writeFileSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { startTestForkServer, type TestForkServer } from '../testing/test-fork-server.ts';
import type { LaunchDescriptor } from './launch-message.ts';
import { Pipes } from './pipes.ts';

let folder: string;
let server: TestForkServer;
beforeEach(() => {
  folder = path.join(temporaryFolder('pipes'), 'pipes');
  server = startTestForkServer();
});
afterEach(() => server.stop());

const pipesIn = () => new Pipes({ folder, owner: {}, forkServer: server.forkServer });

/** As a child of the fork server does. */
function openEnd(end: LaunchDescriptor): number {
  if ('like' in end) throw new Error('It is none of its own.');
  return openSync(end.path, end.flags);
}

describe('a pipe of output', () => {
  it('carries what is written, to the end', async () => {
    const pipe = await pipesIn().openOutput();
    const end = openEnd(pipe.end);
    pipe.closeEnd();
    writeSync(end, 'hello');
    closeSync(end);
    expect(await text(pipe.output)).toBe('hello');
  });

  it('is there however many are open', async () => {
    const pipes = pipesIn();
    const opened = await Promise.all(Array.from({ length: 40 }, () => pipes.openOutput()));
    for (const pipe of opened) pipe.close();
    const next = await pipes.openOutput();
    writeSync(openEnd(next.end), 'made later');
    next.closeEnd();
    expect(String(next.output.read() ?? (await once(next.output, 'data'))[0])).toBe('made later');
    next.close();
  });

  it('has no name that anybody else could open', async () => {
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'old'), 'left behind by a daemon before');
    const pipe = await pipesIn().openOutput();
    expect(readdirSync(folder)).not.toContain('old');
    expect(readdirSync(folder)).toHaveLength(15);
    pipe.close();
  });
});

it('a pipe of input carries what is written the other way', async () => {
  const pipe = await pipesIn().openInput();
  const end = openEnd(pipe.end);
  pipe.closeEnd();
  pipe.input.end('hello');
  expect(await text(new Socket({ fd: end, readable: true, writable: false }))).toBe('hello');
});
