import { createHash } from 'node:crypto';
import { newId } from '@podex/contracts/ids';
import { daemonHealth } from '@podex/contracts/internal/daemon';
import { pageOf } from '@podex/contracts/pagination';
import { type CreateTerminalInput, type Terminal, terminal } from '@podex/contracts/terminals';
import headless from '@xterm/headless';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TerminalViewer } from '../testing/terminal-viewer.ts';
import { type RunningTestDaemon, startTestDaemon, until } from '../testing/test-daemon.ts';
import { TERMINALS_LIMITS } from './terminals.ts';

const LIMITS = {
  terminals: {
    ...TERMINALS_LIMITS,
    maxRunning: 4,
    keepExitedMs: 1_500,
    terminal: { ...TERMINALS_LIMITS.terminal, maxOutputBytes: 262_144, killGraceMs: 400 },
  },
};

let daemon: RunningTestDaemon;

beforeAll(async () => {
  daemon = await startTestDaemon(LIMITS);
});
afterAll(() => daemon[Symbol.asyncDispose]());

const list = async (): Promise<Terminal[]> =>
  (await daemon.client.send('GET', '/terminals')).json(pageOf(terminal)).items;

async function open(input: Partial<CreateTerminalInput> = {}): Promise<Terminal & AsyncDisposable> {
  const response = await daemon.client.send('POST', '/terminals', { json: { shell: 'bash', ...input } });
  expect(response.status, response.body.toString()).toBe(201);
  const opened = response.json(terminal);
  return {
    ...opened,
    async [Symbol.asyncDispose]() {
      await daemon.client.send('DELETE', `/terminals/${opened.id}`);
    },
  };
}

const attach = (id: string, after?: number) => TerminalViewer.attach(daemon.folders.socketPath, id, after);

/** The text that a terminal of that size shows after these bytes. */
async function shown(cols: number, rows: number, bytes: Buffer): Promise<string[]> {
  const emulator = new headless.Terminal({ cols, rows, allowProposedApi: true, scrollback: 2_000 });
  await new Promise<void>((resolve) => emulator.write(bytes, resolve));
  const buffer = emulator.buffer.active;
  return Array.from(
    { length: buffer.length },
    (_, line) => buffer.getLine(line)?.translateToString(true) ?? '',
  );
}

describe('who watches a terminal', () => {
  it('sees what others type and make of its size, and changes neither', async () => {
    await using opened = await open({ cols: 100, rows: 30 });
    using writer = await attach(opened.id);
    using watcher = await TerminalViewer.attach(daemon.folders.socketPath, opened.id, undefined, {
      how: 'watch',
    });
    watcher.type('touch typed-by-watcher\n');
    watcher.type('\u0003');
    watcher.send({ type: 'resize', cols: 20, rows: 5 });
    await until(() => watcher.frames.some(({ type }) => type === 'error'));
    expect(watcher.frames.filter(({ type }) => type === 'error')).toEqual([
      { type: 'error', code: 'forbidden' },
    ]);
    writer.type('ls; echo "size $(tput cols)"; echo done-$((1+1))\n');
    await until(() => lastText(watcher).includes('done-2'));
    expect(lastText(watcher)).toContain('size 100');
    expect(lastText(watcher)).not.toContain('typed-by-watcher');
    expect(watcher.closeCode).toBeUndefined();
  });
});

describe('a terminal', () => {
  it('runs the user’s shell at home, with its variables', async () => {
    await using opened = await open({ cols: 100, rows: 30, name: 'mine' });
    expect(opened).toMatchObject({ name: 'mine', cols: 100, rows: 30, status: 'running' });
    using viewer = await attach(opened.id);
    viewer.type('echo "[$(id -u) $(id -G) $PWD $TERM $LANG $(tput cols) $- $0]"\n');
    const { user, homePath } = daemon.folders;
    await viewer.waitFor(`[${user.uid} ${user.gid} ${homePath} xterm-256color C.UTF-8 100 `);
  });

  it('passes bytes on as they are', async () => {
    await using opened = await open();
    using viewer = await attach(opened.id);
    viewer.type("stty -onlcr; printf 'x%.0s' 1; printf '\\xff\\xc3'; sleep 0.2; printf '\\xa4|'\n");
    await until(() => viewer.stream.includes(Buffer.from([0x78, 0xff, 0xc3, 0xa4, 0x7c])));
  });

  it('can be opened by name by what runs in it', async () => {
    await using opened = await open();
    using viewer = await attach(opened.id);
    viewer.type('echo by "name" > $(tty)\n');
    await viewer.waitFor('by name');
  });

  it('is not held open by what is started beside it', async () => {
    await using first = await open();
    await using second = await open();
    using viewer = await attach(second.id);
    viewer.type('ls -l --color=never /proc/$$/fd; echo d"one"\n');
    await viewer.waitFor('done');
    const json = { command: 'ls -l /proc/$$/fd' };
    const command = await daemon.client.send('PUT', `/commands/${newId('command')}?wait_ms=5000`, { json });
    expect(first.id).not.toBe(second.id);
    for (const descriptors of [viewer.text, command.body.toString()]) {
      expect(descriptors).toContain(' -> ');
      expect(descriptors).not.toContain('ptmx');
    }
  });

  it('is shown to many at once', async () => {
    await using opened = await open();
    using first = await attach(opened.id);
    using second = await attach(opened.id);
    first.type('echo to-"both"\n');
    await first.waitFor('to-both');
    await second.waitFor('to-both');
  });

  it('takes the size asked for last, and tells everybody', async () => {
    await using opened = await open();
    using first = await attach(opened.id);
    using second = await attach(opened.id);
    first.send({ type: 'resize', cols: 71, rows: 19 });
    await until(() =>
      second.frames.some((frame) => frame.type === 'resize' && frame.cols === 71 && frame.rows === 19),
    );
    second.type('stty size\n');
    await second.waitFor('19 71');
    expect((await list()).find(({ id }) => id === opened.id)).toMatchObject({ cols: 71, rows: 19 });
  });

  it('takes many sizes in a row a few at a time, and the last one in the end', async () => {
    await using opened = await open();
    using viewer = await attach(opened.id);
    using other = await attach(opened.id);
    for (let index = 0; index < 2_000; index += 1)
      viewer.send({ type: 'resize', cols: 100 + (index % 2), rows: 20 });
    viewer.send({ type: 'resize', cols: 1_000, rows: 1_000 });
    const sizes = () => other.frames.filter(({ type }) => type === 'resize');
    await until(() => sizes().some((frame) => 'rows' in frame && frame.rows === 200));
    expect(sizes().at(-1)).toEqual({ type: 'resize', cols: 1_000, rows: 200 });
    expect(sizes().length).toBeLessThan(100);
  });

  it('closes a viewer that sends nonsense', async () => {
    await using opened = await open();
    using viewer = await attach(opened.id);
    viewer.send({ type: 'dance' });
    await until(() => viewer.closeCode !== undefined);
    expect(viewer.frames.at(-1)).toEqual({ type: 'error', code: 'invalid_request' });
  });

  it('refuses shells and folders that are not there', async () => {
    const shell = await daemon.client.send('POST', '/terminals', { json: { shell: 'no-such-shell' } });
    expect([shell.status, shell.code]).toEqual([400, 'invalid_request']);
    const cwd = await daemon.client.send('POST', '/terminals', { json: { cwd: 'nowhere' } });
    expect([cwd.status, cwd.code]).toEqual([404, 'file_not_found']);
    await expect(attach(newId('terminal'))).rejects.toThrow('404');
    await expect(attach('trm_wrong')).rejects.toThrow('400');
  });
});

describe('attaching', () => {
  it('after an offset replays every byte since', async () => {
    await using opened = await open();
    using whole = await attach(opened.id, 0);
    whole.type('for i in $(seq 2000); do echo line $i; done; echo fi"nished"\n');
    await whole.waitFor('finished');
    expect(whole.frames[0]).toMatchObject({ type: 'ready', offset: 0 });
    for (const after of [0, 1, 777, 20_000, whole.offset]) {
      using again = await attach(opened.id, after);
      await until(() => again.offset === whole.offset);
      expect(again.frames).toMatchObject([{ type: 'ready', offset: after }]);
      expect(again.stream.equals(whole.stream.subarray(after))).toBe(true);
    }
  });

  it('without an offset, or with one that is not held any more, draws the screen', async () => {
    await using opened = await open({ cols: 60, rows: 10 });
    using whole = await attach(opened.id, 0);
    whole.type('seq 100000; printf "\\e[31mred\\e[0m \\e[?25l fi"; echo nished\n');
    await whole.waitFor('finished', 30_000);
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const after of [undefined, 10, 1e12]) {
      using late = await attach(opened.id, after);
      await until(() => late.drawings.length === 1 && late.frames.length === 1);
      expect(late.frames[0]).toMatchObject({ type: 'screen', cols: 60, rows: 10 });
      const [drawing = Buffer.alloc(0)] = late.drawings;
      expect(drawing.toString()).toContain('\x1b[31mred');
      expect(drawing.toString()).toContain('\x1b[?25l');
      const lines = await shown(60, 10, drawing);
      expect(lines).toContain('100000');
      expect(lines.length).toBeGreaterThan(500);
      // What follows continues where the drawing ended.
      const before = late.offset;
      whole.type('echo more-of-"it"\n');
      await late.waitFor('more-of-it');
      expect(late.offset).toBe(before + late.stream.length);
    }
  });
});

describe('an idle viewer', () => {
  it('is kept alive by pings, and let go when it does not respond to them', async () => {
    const viewer = { ...TERMINALS_LIMITS.terminal.viewer, pingIntervalMs: 50 };
    const terminalLimits = { ...TERMINALS_LIMITS.terminal, viewer };
    await using pinging = await startTestDaemon({
      terminals: { ...TERMINALS_LIMITS, terminal: terminalLimits },
    });
    const opened = (await pinging.client.send('POST', '/terminals', { json: { shell: 'bash' } })).json(
      terminal,
    );
    const { socketPath } = pinging.folders;
    using answering = await TerminalViewer.attach(socketPath, opened.id);
    using silent = await TerminalViewer.attach(socketPath, opened.id, undefined, { autoPong: false });
    await until(() => silent.closeCode !== undefined, 2_000);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(answering.closeCode).toBeUndefined();
  });
});

describe('a flood of output', () => {
  it('stops at once at Ctrl-C, for a viewer that reads', async () => {
    await using opened = await open();
    using viewer = await attach(opened.id);
    viewer.acknowledges = true;
    viewer.type('yes flooding the terminal\n');
    await until(() => viewer.offset > 3_000_000, 30_000);
    viewer.type('\x03');
    const pressedAt = performance.now();
    viewer.type('echo "pro"mpt-again\n');
    await until(() => lastText(viewer).includes('prompt-again'), 10_000);
    expect(performance.now() - pressedAt).toBeLessThan(1_000);
  });

  it('does not wait for a viewer that does not read, nor does another viewer', async () => {
    await using opened = await open();
    using stuck = await attach(opened.id);
    using quick = await attach(opened.id);
    await until(() => stuck.drawings.length > 0);
    stuck.stopReading();
    quick.type('seq 1000000; echo fi"nished"\n');
    await until(() => lastText(quick).includes('finished'), 30_000);
    const total = quick.offset;
    expect(total).toBeGreaterThan(6_000_000);
    stuck.readOn();
    await until(() => stuck.offset >= total, 10_000);
    // It was shown the screen as it is, not all that led to it.
    expect(stuck.drawings.length).toBeGreaterThan(1);
    expect(stuck.stream.length).toBeLessThan(2_000_000);
    expect((await shown(80, 24, stuck.drawings.at(-1) ?? Buffer.alloc(0))).join('\n')).toContain('1000000');
  });

  it('is held back by a viewer’s own acknowledgements only for that viewer', async () => {
    await using opened = await open();
    using lazy = await attach(opened.id);
    await until(() => lazy.drawings.length > 0);
    lazy.send({ type: 'ack', offset: lazy.offset });
    lazy.type('seq 200000; echo fi"nished"\n');
    using quick = await attach(opened.id);
    await until(() => lastText(quick).includes('finished'), 30_000);
    const start = lazy.offset - lazy.stream.length;
    expect(lazy.offset - start).toBeLessThan(LIMITS.terminals.terminal.viewer.maxUnackedBytes + 65_536);
    lazy.send({ type: 'ack', offset: lazy.offset });
    await until(() => lastText(lazy).includes('finished'), 10_000);
  });

  it('of input is taken as fast as the program reads it', async () => {
    await using opened = await open();
    using viewer = await attach(opened.id);
    viewer.type(
      'stty raw -echo; echo ready for "input"; head -c 3000000 | md5sum; stty sane; echo fi"nished"\n',
    );
    await viewer.waitFor('ready for input');
    viewer.type('a'.repeat(3_000_000));
    await viewer.waitFor('finished', 30_000);
    expect(viewer.text).toContain(createHash('md5').update('a'.repeat(3_000_000)).digest('hex'));
  });
});

describe('the end', () => {
  it('of the shell is told after its last byte, and shown for a while', async () => {
    const opened = await open();
    using viewer = await attach(opened.id, 0);
    viewer.type('trap "echo la\'st w\'ords" EXIT; exit 5\n');
    await until(() => viewer.closeCode !== undefined);
    expect(viewer.text.trimEnd().endsWith('last words')).toBe(true);
    expect(viewer.frames.at(-1)).toEqual({ type: 'exit', code: 5, signal: null });
    expect(viewer.closeCode).toBe(1000);
    expect((await list()).find(({ id }) => id === opened.id)?.status).toBe('exited');
    using late = await attach(opened.id);
    await until(() => late.closeCode !== undefined);
    expect(late.drawings[0]?.toString()).toContain('last words');
    await until(async () => !(await list()).some(({ id }) => id === opened.id));
  });

  it('is complete, however much is written at the last moment', async () => {
    const opened = await open({ shell: 'bash' });
    using viewer = await attach(opened.id, 0);
    viewer.acknowledges = true;
    viewer.type('stty -echo; exec seq -f "%06.0f" 30000\n');
    await until(() => viewer.closeCode !== undefined, 20_000);
    expect(viewer.text.trimEnd().endsWith('030000')).toBe(true);
    expect(viewer.text.match(/\d{6}\r\n/g)).toHaveLength(30_000);
  });

  it('when closed reaches everything in it, hard where it does not listen', async () => {
    const opened = await open();
    using viewer = await attach(opened.id);
    viewer.type('sleep 1000 & echo "job="$!; (trap "" TERM; while :; do sleep 0.1; done) & echo "deaf="$!\n');
    await until(() => /deaf=\d+/.test(viewer.text));
    const pids = [/job=(\d+)/, /deaf=(\d+)/].map((pattern) => Number(pattern.exec(viewer.text)?.[1]));
    expect(pids.every(isProcess)).toBe(true);
    expect((await daemon.client.send('DELETE', `/terminals/${opened.id}`)).status).toBe(204);
    expect((await list()).some(({ id }) => id === opened.id)).toBe(false);
    await until(() => !pids.some(isProcess));
    await until(() => viewer.closeCode !== undefined);
    expect(viewer.frames.at(-1)).toMatchObject({ type: 'exit', signal: 'SIGHUP' });
    expect((await daemon.client.send('DELETE', `/terminals/${opened.id}`)).code).toBe('terminal_not_found');
  });
});

it('counts the terminals in whose foreground a program runs, and no job that is stopped or in the background', async () => {
  await using opened = await open();
  await using _resting = await open();
  using viewer = await attach(opened.id);
  const countsBusy = (count: number) =>
    until(
      async () => (await daemon.client.send('GET', '/health')).json(daemonHealth).busy_terminals === count,
    );
  viewer.type('sleep 600\n');
  await countsBusy(1);
  viewer.type('\u001a');
  await countsBusy(0);
  viewer.type('bg; echo back"ground"\n');
  await viewer.waitFor('background');
  expect((await daemon.client.send('GET', '/health')).json(daemonHealth).busy_terminals).toBe(0);
});

it('keeps to the number of terminals that may be open', async () => {
  const opened: Terminal[] = [];
  for (let index = 0; index < 4; index += 1) opened.push(await open());
  const refused = await daemon.client.send('POST', '/terminals', { json: { shell: 'bash' } });
  expect([refused.status, refused.code]).toEqual([429, 'limit_reached']);
  for (const { id } of opened) await daemon.client.send('DELETE', `/terminals/${id}`);
});

/** What stands at the end of what a viewer has seen, drawn or streamed. */
function lastText(viewer: TerminalViewer): string {
  return (viewer.drawings.at(-1)?.toString() ?? '').slice(-5_000) + viewer.stream.subarray(-5_000).toString();
}

function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
