import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { bridgeProgram } from './bridge-program.ts';

function sleepsOf(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]);
}

const isOurs = process.arch === 'x64' || process.arch === 'arm64';

describe.runIf(isOurs && process.platform === 'linux')('the bridge', () => {
  let socketPath: string;
  let program: string;
  const started: ChildProcess[] = [];

  beforeEach(() => {
    const folder = temporaryFolder('bridge');
    socketPath = path.join(folder, 'link.sock');
    program = path.join(folder, 'bridge');
    const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
    writeFileSync(program, bridgeProgram(architecture, socketPath), { mode: 0o755 });
  });

  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
  });

  function start() {
    const child = spawn(program, { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.on('error', () => undefined);
    started.push(child);
    return child;
  }

  /** @returns the first connection, once it is there. */
  async function listen(): Promise<{ connection: Promise<Socket> }> {
    const accepted = Promise.withResolvers<Socket>();
    const server = createServer((socket) => {
      server.close();
      socket.on('error', () => undefined);
      accepted.resolve(socket);
    });
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    return { connection: accepted.promise };
  }

  it('carries bytes both ways, unchanged', async () => {
    const { connection } = await listen();
    const child = start();
    const socket = await connection;
    const [inwards, outwards] = [randomBytes(3_000_000), randomBytes(3_000_000)];
    const received: Buffer[] = [];
    const all = new Promise<Buffer>((resolve) => {
      socket.on('data', (chunk) => {
        received.push(chunk);
        const bytes = Buffer.concat(received);
        if (bytes.length === inwards.length) resolve(bytes);
      });
    });
    const out = buffer(child.stdout);
    child.stdin.write(inwards);
    socket.write(outwards);
    expect((await all).equals(inwards)).toBe(true);
    socket.end();
    expect((await out).equals(outwards)).toBe(true);
  });

  it('waits for a daemon that is still starting', async () => {
    const child = start();
    // It sleeps between two tries.
    await vi.waitFor(() => expect(sleepsOf(child.pid)).toBeGreaterThan(3));
    const socket = await (await listen()).connection;
    socket.end('up');
    expect(await text(child.stdout)).toBe('up');
  });

  it('lets one direction go on while nobody reads the other', async () => {
    const { connection } = await listen();
    const child = start();
    child.stdout.pause();
    const socket = await connection;
    while (socket.write(Buffer.alloc(65_536)));
    const heard = once(socket, 'data');
    child.stdin.write('still heard');
    expect(String((await heard)[0])).toBe('still heard');
  });

  it('ends with either end', async () => {
    for (const isOurEnd of [true, false]) {
      const { connection } = await listen();
      const child = start();
      const socket = await connection;
      const over = Promise.all([once(child, 'exit'), once(socket.resume(), 'close')]);
      if (isOurEnd) child.stdin.end();
      else socket.destroy();
      expect((await over)[0]).toEqual([0, null]);
    }
  });
});

it('is small, for either processor, and refuses a path that no socket can have', () => {
  for (const architecture of ['x64', 'arm64'] as const) {
    const bytes = bridgeProgram(architecture, '/run/podex/link.sock');
    expect(bytes.length).toBeLessThan(1_000);
    expect(Buffer.from(bytes.subarray(0, 4)).toString('latin1')).toBe('\x7fELF');
  }
  expect(() => bridgeProgram('x64', `/${'x'.repeat(200)}`)).toThrow('too long');
});
