import { chown, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { COMMAND_BYTES_MAX, type Command, command } from '@podex/contracts/commands';
import { type CommandId, newId } from '@podex/contracts/ids';
import { terminal } from '@podex/contracts/terminals';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TerminalViewer } from '../testing/terminal-viewer.ts';
import { isRoot, type RunningTestDaemon, startTestDaemon, until } from '../testing/test-daemon.ts';
import { findProcesses } from './command-processes.ts';

let daemon: RunningTestDaemon;

beforeAll(async () => {
  daemon = await startTestDaemon({ process: { killGraceMs: 300, drainQuietMs: 50, drainMaxMs: 400 } });
});
afterAll(() => daemon[Symbol.asyncDispose]());

const put = (input: object, { id = newId('command') as CommandId, waitMs = 10_000 } = {}) =>
  daemon.client.send('PUT', `/commands/${id}?wait_ms=${waitMs}`, { json: input });

async function run(input: object): Promise<Command> {
  const response = await put(input);
  expect(response.status, response.body.toString()).toBe(200);
  return response.json(command);
}

describe('a command that is too long for an argument', () => {
  const PADDING = `\n# ${'汉'.repeat(50_000)}`;

  it('runs, counted in bytes and not in characters', async () => {
    const result = await run({ command: `printf %s '${'汉'.repeat(50_000)}' | wc -m` });
    expect([result.exit_code, result.output.trim()]).toEqual([0, '50000']);
    const longest = `: '${'x'.repeat(COMMAND_BYTES_MAX - 4)}'`;
    expect(Buffer.byteLength(longest)).toBe(COMMAND_BYTES_MAX);
    expect((await run({ command: longest })).exit_code).toBe(0);
    const over = [
      { command: `${longest} ` },
      { command: '汉'.repeat(400_000) },
      { argv: ['true', '汉'.repeat(50_000)] },
    ];
    for (const input of over) {
      const refused = await put(input);
      expect([refused.status, refused.code]).toEqual([400, 'invalid_request']);
      expect(refused.body.toString()).toMatch(/must have at most \d+ bytes/);
    }
  });

  it.each([
    ['an exit code', 'echo a; exit 3'],
    ['its name and arguments', 'echo "$0" "$#" "$-" "$SHLVL"'],
    ['its streams', 'readlink /proc/self/fd/0; ls /proc/self/fd | wc -l; echo x >&2; echo y > /dev/stderr'],
    ['its variables', 'env | grep -c PODEX_COMMAND=; echo "[$PODEX_COMMAND]"'],
    ['its group', 'test $(ps -o pgid= -p $$) = $$ && echo leads'],
    ['its end by a signal', 'echo before; kill -9 $$'],
    ['a here document', 'cat <<END\n$HOME\nEND'],
    ['input of its own', 'echo one | { read -r line; echo "$line"; }; read -r none || echo "no input"'],
  ])('is as a short one: %s', async (_what, line) => {
    const [short, long] = [
      await run({ command: line, env: { HISTCONTROL: 'x' } }),
      await run({ command: line + PADDING }),
    ];
    const seen = ({ status, exit_code, signal, output }: Command) => ({ status, exit_code, signal, output });
    expect(seen(long)).toEqual(seen(short));
    expect(await readdir(path.join(path.dirname(daemon.folders.socketPath), 'scripts'))).toEqual([]);
  });

  it('runs in an image without bash', async () => {
    await using plain = await startTestDaemon();
    const folder = path.join(plain.folders.root, 'tools');
    await mkdir(folder);
    for (const tool of ['sh', 'cat', 'wc']) await symlink(`/bin/${tool}`, path.join(folder, tool));
    const settings = { workspace_id: 'ws_test', name: 'test', env: { PATH: folder, LANG: 'C.UTF-8' } };
    await plain.client.send('PUT', '/settings', { json: settings });
    const input = { command: `echo "$0"; printf %s '${'汉'.repeat(50_000)}' | wc -c; exit 4` };
    const response = await plain.client.send('PUT', `/commands/${newId('command')}?wait_ms=10000`, {
      json: input,
    });
    expect(response.json(command)).toMatchObject({ exit_code: 4, output: `${folder}/sh\n150000\n` });
  });
});

describe('the PATH of the user’s profile', () => {
  const inHome = (name: string) => path.join(daemon.folders.homePath, name);
  const own = async (file: string) => {
    if (isRoot) await chown(file, daemon.folders.user.uid, daemon.folders.user.gid);
  };
  const profile = async (content: string) => {
    await writeFile(inHome('.profile'), content);
    await own(inHome('.profile'));
  };

  it('is there in commands, and follows its changes', async () => {
    await mkdir(inHome('tools'), { recursive: true });
    await writeFile(inHome('tools/my-tool'), '#!/bin/sh\necho "tool $1"\n', { mode: 0o755 });
    expect((await run({ command: 'my-tool' })).exit_code).toBe(127);
    const append = `echo 'echo read >> ~/reads; echo noise; export PATH=$HOME/tools:$PATH' >> ~/.profile`;
    await run({ command: append });
    expect((await run({ command: 'my-tool 1' })).output).toBe('tool 1\n');
    expect((await run({ argv: ['my-tool', '2'] })).output).toBe('tool 2\n');
    expect((await run({ command: `my-tool 3 # ${'x'.repeat(200_000)}` })).output).toBe('tool 3\n');
    // It is read once, not for every command.
    expect((await run({ command: 'cat ~/reads' })).output).toBe('read\n');
    // What a request sets goes first.
    expect((await run({ command: 'my-tool', env: { PATH: '/usr/bin:/bin' } })).exit_code).toBe(127);
    await run({ command: 'rm ~/.profile' });
    expect((await run({ command: 'my-tool' })).exit_code).toBe(127);
  });

  it('that is broken, silent or endless holds no command up for long', async () => {
    await profile('export PATH=$HOME/tools:$PATH\n');
    expect((await run({ command: 'my-tool 1' })).output).toBe('tool 1\n');
    for (const content of ['exit 3\n', 'if then\n', 'sleep 60 & wait\n', 'yes\n', 'exec true\n']) {
      await profile(content);
      const began = performance.now();
      expect((await run({ command: 'echo runs' })).output).toBe('runs\n');
      expect((await run({ command: 'echo again' })).output).toBe('again\n');
      expect(performance.now() - began).toBeLessThan(6_000);
    }
    await run({ command: 'rm ~/.profile' });
  });
});

describe('what leaves the session of its command', () => {
  const WAYS = [
    'setsid sleep 61 & echo $!; wait',
    // Its parent has ended.
    '(setsid sh -c "echo \\$\\$; exec sleep 61" &); sleep 60',
    // It does not listen.
    '(setsid sh -c "trap : TERM; echo \\$\\$; while :; do sleep 0.1; done" &); sleep 60',
    // It has no variables.
    'env -i setsid sh -c "echo \\$\\$; exec sleep 61" & wait',
  ];

  it('does not outlive its time', async () => {
    const results = await Promise.all(WAYS.map((command) => run({ command, timeout_ms: 2_000 })));
    for (const { status, output } of results) {
      expect(status).toBe('timed_out');
      await until(() => !isProcess(Number(output)));
    }
  });

  it('does not outlive its cancel', async () => {
    await Promise.all(
      WAYS.map(async (line) => {
        const id: CommandId = newId('command');
        await put({ command: line }, { id, waitMs: 0 });
        const output = async () => (await daemon.client.send('GET', `/commands/${id}`)).json(command).output;
        await until(async () => /^\d+\n/.test(await output()));
        const left = Number(await output());
        expect(isProcess(left)).toBe(true);
        await daemon.client.send('DELETE', `/commands/${id}`);
        await until(() => !isProcess(left));
      }),
    );
  });

  it('stays when the command ends by itself, until somebody ends it', async () => {
    const started = await run({ command: 'setsid sleep 61 >/dev/null 2>&1 & echo $!' });
    const left = Number(started.output);
    expect((await run({ command: 'sleep 60', timeout_ms: 300 })).status).toBe('timed_out');
    expect(isProcess(left)).toBe(true);
    await daemon.client.send('DELETE', `/commands/${started.id}`);
    await until(() => !isProcess(left));
  });

  it('is never what a person started in a terminal', async () => {
    const made = await daemon.client.send('POST', '/terminals', { json: { shell: 'bash' } });
    using viewer = await TerminalViewer.attach(daemon.folders.socketPath, made.json(terminal).id);
    const ofSetsid = 'until pgrep -xf "sleep 62"; do sleep 0.05; done';
    viewer.type(`setsid sleep 62 & sleep 63 & echo "pids:$!:$$:$(${ofSetsid}):"\r`);
    await until(() => /pids:\d+:\d+:\d+:/.test(viewer.text));
    const pids = /pids:(\d+):(\d+):(\d+):/.exec(viewer.text)?.slice(1).map(Number) ?? [];
    const id: CommandId = newId('command');
    await put({ command: 'setsid sleep 61 & wait' }, { id, waitMs: 0 });
    await until(async () => (await findProcesses({ id, leader: undefined, known: new Set() })).length > 0);
    await daemon.client.send('DELETE', `/commands/${id}?signal=KILL`);
    await until(async () => (await findProcesses({ id, leader: undefined, known: new Set() })).length === 0);
    for (const pid of pids) expect(isProcess(pid)).toBe(true);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
  });
});

function isProcess(pid: number): boolean {
  expect(pid).toBeGreaterThan(1);
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
