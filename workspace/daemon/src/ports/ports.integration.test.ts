import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { listeningPorts } from '@podex/contracts/previews';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningTestDaemon, startTestDaemon } from '../testing/test-daemon.ts';
import { query } from '../testing/unix-client.ts';

let daemon: RunningTestDaemon;
beforeAll(async () => {
  daemon = await startTestDaemon();
});
afterAll(() => daemon[Symbol.asyncDispose]());

const LISTEN = `
  const server = require('node:net').createServer();
  server.listen(Number(process.argv[1]), '127.0.0.1', () => console.log(server.address().port));`;

async function listenElsewhere(port = 0): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, ['-e', LISTEN, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  return { child, port: Number(String(line)) };
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

const ask = async (parameters: Record<string, string | number> = {}) =>
  (await daemon.client.send('GET', `/ports?${query(parameters)}`)).json(listeningPorts);

describe('the ports of a workspace', () => {
  it('are told at once, with the process that listens, to who waits for a change', async () => {
    const before = await ask();
    const waiting = ask({ after: before.revision, wait_ms: 20_000 });
    const { child, port } = await listenElsewhere();
    let seen = await waiting;
    // Other programs of this machine open ports too.
    while (!seen.ports.some((one) => one.port === port)) {
      seen = await ask({ after: seen.revision, wait_ms: 20_000 });
    }
    expect(seen.ports.find((one) => one.port === port)?.process).toMatch(/node|MainThread/i);
    await end(child);
    while (seen.ports.some((one) => one.port === port)) {
      seen = await ask({ after: seen.revision, wait_ms: 20_000 });
    }
    expect(seen.ports.map((one) => one.port)).not.toContain(port);
  });

  it('are another list when another process takes the same port', async () => {
    const first = await listenElsewhere();
    const before = await ask();
    await end(first.child);
    const second = await listenElsewhere(first.port);
    let after = await ask({ after: before.revision, wait_ms: 5_000 });
    while (!after.ports.some((one) => one.port === first.port)) {
      after = await ask({ after: after.revision, wait_ms: 5_000 });
    }
    expect(after.revision).not.toBe(before.revision);
    await end(second.child);
  });

  it('responds to a wait that is over with what is true, and refuses a wait without end', async () => {
    const { revision } = await ask();
    expect((await ask({ after: revision, wait_ms: 1 })).ports).toBeInstanceOf(Array);
    expect((await daemon.client.send('GET', '/ports?wait_ms=600000')).code).toBe('invalid_request');
  });
});
