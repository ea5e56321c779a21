import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { type Command, command } from '@podex/contracts/commands';
import { type CommandId, newId } from '@podex/contracts/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DaemonProcess,
  isRoot,
  type RunningTestDaemon,
  startTestDaemon,
  until,
} from '../testing/test-daemon.ts';
import type { TestResponse, UnixClient } from '../testing/unix-client.ts';

const SMALL_LIMITS = {
  process: { killGraceMs: 300, drainQuietMs: 50, drainMaxMs: 400 },
  commandJournal: {
    maxEnded: 50,
    maxOutputBytes: 1_000_000,
    log: { segmentBytes: 65_536, maxSegments: 4, memoryBytes: 1_000 },
  },
  maxRunningCommands: 4,
};

let daemon: RunningTestDaemon;
let client: UnixClient;

beforeAll(async () => {
  daemon = await startTestDaemon(SMALL_LIMITS);
  client = daemon.client;
});
afterAll(() => daemon[Symbol.asyncDispose]());

function put(id: CommandId, input: unknown, waitMs = 10_000): Promise<TestResponse> {
  return client.send('PUT', `/commands/${id}?wait_ms=${waitMs}`, { json: input });
}

async function run(input: unknown, waitMs = 10_000): Promise<Command> {
  const response = await put(newId('command'), input, waitMs);
  expect(response.status, response.body.toString()).toBe(200);
  return response.json(command);
}

async function get(id: CommandId, waitMs = 0): Promise<Command> {
  return (await client.send('GET', `/commands/${id}?wait_ms=${waitMs}`)).json(command);
}

describe('a command', () => {
  it('returns its exit code and both of its outputs in order', async () => {
    const result = await run({ command: 'for i in 1 2 3; do echo out $i; echo err $i >&2; done; exit 7' });
    expect(result).toMatchObject({ status: 'exited', exit_code: 7, signal: null, truncated: false });
    expect(result.output).toBe('out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n');
    expect(result.output_bytes).toBe(36);
  });

  it('can open its output by name', async () => {
    const result = await run({ command: 'echo a > /dev/stderr; echo b | tee /dev/stderr > /dev/null' });
    expect(result.output).toBe('a\nb\n');
  });

  it('runs in the home, with the user’s name and rights, and its own variables on top', async () => {
    const result = await run({
      command: 'pwd; id -u; id -G; echo $USER $HOME $EXTRA',
      env: { EXTRA: 'yes' },
    });
    const { homePath, user } = daemon.folders;
    expect(result.output).toBe(`${homePath}\n${user.uid}\n${user.gid}\n${user.name} ${homePath} yes\n`);
  });

  it('runs argv as it is, without a shell', async () => {
    const result = await run({ argv: ['printf', '%s|', 'a b', '$HOME'] });
    expect(result.output).toBe('a b|$HOME|');
  });

  it('that is not there ends as in a shell', async () => {
    const result = await run({ argv: ['/no/such/program'] });
    expect(result).toMatchObject({ status: 'exited', exit_code: 127 });
    expect(result.output).toBe('/no/such/program: no such file or directory\n');
  });

  it.runIf(isRoot)('cannot read what is root’s alone', async () => {
    const result = await run({ argv: ['cat', path.join(daemon.folders.statePath, 'commands.jsonl')] });
    expect(result).toMatchObject({ exit_code: 1 });
    expect(result.output).toContain('Permission denied');
  });

  it('in a folder that is not there is refused and leaves no trace', async () => {
    const id = newId('command');
    const refused = await put(id, { command: 'true', cwd: 'nowhere' });
    expect([refused.status, refused.code]).toEqual([404, 'file_not_found']);
    expect((await put(id, { command: 'true' })).json(command).status).toBe('exited');
  });

  it('that asks for neither command nor argv is refused', async () => {
    expect((await put(newId('command'), {})).code).toBe('invalid_request');
  });
});

describe('the id of a command', () => {
  it('attaches every caller to what runs, and runs it once', async () => {
    const id = newId('command');
    const input = { command: 'echo x >> runs; sleep 0.4; echo done' };
    const answers = await Promise.all([put(id, input), put(id, input), put(id, input, 0)]);
    const [first, second, third] = answers.map((answer) => answer.json(command));
    expect(first).toMatchObject({ status: 'exited', output: 'done\n' });
    expect(second).toEqual(first);
    expect(third).toMatchObject({ status: 'running', exit_code: null, ended_at: null });
    expect((await put(id, input)).json(command)).toEqual(first);
    expect(await readFile(path.join(daemon.folders.homePath, 'runs'), 'utf8')).toBe('x\n');
  });

  it('is refused for another command', async () => {
    const id = newId('command');
    await put(id, { command: 'true' });
    const response = await put(id, { command: 'false' });
    expect([response.status, response.code]).toEqual([409, 'command_body_differs']);
  });

  it('is not found when nothing was run under it', async () => {
    expect((await client.send('GET', `/commands/${newId('command')}`)).code).toBe('command_not_found');
  });
});

describe('waiting for a command', () => {
  it('ends when its client goes away, and the command goes on', async () => {
    const id = newId('command');
    const controller = new AbortController();
    const waiting = client
      .send('PUT', `/commands/${id}?wait_ms=10000`, {
        json: { command: 'sleep 0.3; echo still here' },
        signal: controller.signal,
      })
      .catch(() => 'gone');
    await until(async () => (await client.send('GET', `/commands/${id}`)).status === 200);
    controller.abort();
    expect(await waiting).toBe('gone');
    expect(await get(id, 5_000)).toMatchObject({ status: 'exited', output: 'still here\n' });
  });

  it('is not done for one in the background', async () => {
    const id = newId('command');
    const started = performance.now();
    expect((await put(id, { command: 'sleep 0.5', background: true })).json(command).status).toBe('running');
    expect(performance.now() - started).toBeLessThan(400);
    expect((await get(id, 5_000)).status).toBe('exited');
  });

  it('does not last for what a command leaves behind with its output open', async () => {
    const started = performance.now();
    const result = await run({ command: 'sleep 3 & echo here; (sleep 0.2; echo late) &' });
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(result).toMatchObject({ status: 'exited', exit_code: 0 });
    expect(result.output.startsWith('here\n')).toBe(true);
  });
});

describe('ending a command', () => {
  it('kills the whole group after its time, hard when it does not listen', async () => {
    const id = newId('command');
    const input = { command: 'trap "" TERM; echo $$; (trap "" TERM; sleep 60) & sleep 60', timeout_ms: 300 };
    const result = (await put(id, input)).json(command);
    expect(result).toMatchObject({ status: 'timed_out', exit_code: null, signal: 'SIGKILL' });
    const group = Number(result.output);
    await until(() => !isGroup(group));
  });

  it('passes a signal on and tells by which it ended', async () => {
    const id = newId('command');
    await put(id, { command: 'sleep 60' }, 0);
    expect((await client.send('DELETE', `/commands/${id}`)).status).toBe(200);
    expect(await get(id, 5_000)).toMatchObject({ status: 'killed', signal: 'SIGTERM', exit_code: null });
  });

  it('lets it end in its own way', async () => {
    const id = newId('command');
    await put(id, { command: 'trap "echo bye; exit 3" INT; echo up; while :; do sleep 0.05; done' }, 0);
    await until(async () => (await get(id)).output === 'up\n');
    await client.send('DELETE', `/commands/${id}?signal=INT`);
    const ended = await get(id, 5_000);
    expect(ended).toMatchObject({ status: 'exited', exit_code: 3 });
    expect(ended.output).toContain('bye');
  });

  it('reaches what it left behind in its group, however soon it ended itself', async () => {
    for (let round = 0; round < 10; round++) {
      const result = await run({ argv: ['/bin/sh', '-c', 'sleep 60 >/dev/null 2>&1 & echo $!'] });
      const left = Number(result.output);
      expect(isProcess(left)).toBe(true);
      await client.send('DELETE', `/commands/${result.id}`);
      await until(() => !isProcess(left));
    }
  });
});

describe('the output of a command', () => {
  it('streams from an offset until the end', async () => {
    const id = newId('command');
    await put(id, { command: 'for i in 1 2 3 4; do echo line $i; sleep 0.1; done' }, 0);
    const stream = await client.open('GET', `/commands/${id}/output?after=7`);
    expect(stream.headers['x-output-offset']).toBe('7');
    expect(await text(stream)).toBe('line 2\nline 3\nline 4\n');
    expect((await client.send('GET', `/commands/${id}/output?after=21`)).body.toString()).toBe('line 4\n');
  });

  it('is held up to a limit, from its end; the command never waits', async () => {
    const result = await run({ command: 'seq 1 200000; echo "ende ä"' });
    expect(result).toMatchObject({ status: 'exited', truncated: true, output_bytes: 1_288_895 + 8 });
    expect(result.output.endsWith('199999\n200000\nende ä\n')).toBe(true);
    const held = await client.send('GET', `/commands/${result.id}/output`);
    const from = Number(held.headers['x-output-offset']);
    expect(from).toBeGreaterThan(1_000_000);
    expect(held.body.length).toBe(result.output_bytes - from);
    expect(held.body.toString().endsWith('ende ä\n')).toBe(true);
  });

  it('shows whole characters only', async () => {
    const id = newId('command');
    await put(id, { command: `printf 'a\\xc3'; sleep 0.5; printf '\\xa4\\xff'` }, 0);
    await until(async () => (await get(id)).output_bytes === 2);
    expect((await get(id)).output).toBe('a');
    expect((await get(id, 5_000)).output).toBe('aä\ufffd');
  });
});

it('refuses more commands than may run at once', async () => {
  const ids = Array.from({ length: 4 }, () => newId('command'));
  for (const id of ids) await put(id, { command: 'sleep 30' }, 0);
  const refused = await put(newId('command'), { command: 'true' });
  expect([refused.status, refused.code]).toEqual([429, 'limit_reached']);
  for (const id of ids) await client.send('DELETE', `/commands/${id}?signal=KILL`);
  await until(async () => (await put(newId('command'), { command: 'true' })).status === 200);
});

describe('a daemon that crashes', () => {
  it('never runs a command twice, and kills what it left running', async () => {
    await using crashing = await DaemonProcess.start();
    const id = newId('command');
    const request = { json: { command: 'echo $$ >> runs; sleep 60' } };
    await crashing.client.send('PUT', `/commands/${id}?wait_ms=0`, request);
    const runs = path.join(crashing.folders.homePath, 'runs');
    await until(async () => (await readFile(runs, 'utf8').catch(() => '')) !== '');
    await crashing.end('SIGKILL');
    await crashing.start();
    const answer = await crashing.client.send('PUT', `/commands/${id}?wait_ms=1000`, request);
    expect(answer.json(command)).toMatchObject({ status: 'killed', signal: null, exit_code: null });
    const pids = (await readFile(runs, 'utf8')).trim().split('\n');
    expect(pids).toHaveLength(1);
    await until(() => !isProcess(Number(pids[0])));
  });

  it('remembers how commands ended', async () => {
    await using crashing = await DaemonProcess.start();
    const id = newId('command');
    const request = { json: { command: 'echo result; exit 4' } };
    const before = await crashing.client.send('PUT', `/commands/${id}?wait_ms=5000`, request);
    await crashing.end('SIGKILL');
    await crashing.start();
    const after = await crashing.client.send('PUT', `/commands/${id}?wait_ms=5000`, request);
    expect(after.json(command)).toEqual(before.json(command));
    expect(after.json(command)).toMatchObject({ status: 'exited', exit_code: 4, output: 'result\n' });
  });

  it('that is asked to stop ends commands and records how', async () => {
    await using stopping = await DaemonProcess.start();
    const id = newId('command');
    const request = { json: { command: 'echo up; sleep 60' } };
    await stopping.client.send('PUT', `/commands/${id}?wait_ms=300`, request);
    expect(await stopping.end('SIGTERM')).toBe(0);
    await stopping.start();
    const answer = await stopping.client.send('GET', `/commands/${id}`);
    expect(answer.json(command)).toMatchObject({ status: 'killed', signal: 'SIGTERM', output: 'up\n' });
  });
});

function isProcess(pid: number): boolean {
  return livingGroup(pid) !== undefined;
}

function isGroup(groupId: number): boolean {
  return readdirSync('/proc').some((entry) => /^\d+$/.test(entry) && livingGroup(entry) === groupId);
}

/** The group of a process; undefined when it has ended, even if the first process takes its time to reap it. */
function livingGroup(pid: number | string): number | undefined {
  try {
    const [, state, group] = /\) (\S) \d+ (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return state === undefined || state === 'Z' ? undefined : Number(group);
  } catch {
    return undefined;
  }
}
