import { readFile } from 'node:fs/promises';
import { newId } from '@podex/contracts/ids';
import { type Terminal, terminal } from '@podex/contracts/terminals';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TerminalViewer } from '../testing/terminal-viewer.ts';
import { DaemonProcess, until } from '../testing/test-daemon.ts';

/** Of its own: a daemon that blocks must not block the test as well. */
let daemon: DaemonProcess;

beforeAll(async () => {
  daemon = await DaemonProcess.start();
});
afterAll(() => daemon[Symbol.asyncDispose]());

async function open(): Promise<Terminal & { viewer: TerminalViewer } & AsyncDisposable> {
  const opened = (await daemon.client.send('POST', '/terminals', { json: { shell: 'bash' } })).json(terminal);
  const viewer = await TerminalViewer.attach(daemon.folders.socketPath, opened.id, 0);
  return {
    ...opened,
    viewer,
    async [Symbol.asyncDispose]() {
      viewer[Symbol.dispose]();
      await daemon.client.send('DELETE', `/terminals/${opened.id}`);
    },
  };
}

const LINES_OF_200_KB = `${`${'x'.repeat(49)}\r`.repeat(4_100)}not ended`;
const LINES_OF_300_KB = `${'y'.repeat(49)}\r`.repeat(6_150);
/** Fits into what the kernel holds, beyond what it looks at. */
const LINES_OF_20_KB = `${'z'.repeat(49)}\r`.repeat(400);

/** In raw mode an interrupt is a byte like others (not so for gVisor, where it is one): it reads them once it is allowed to, and ends at that one. */
const RAW_READER = `
import os, time, tty
tty.setraw(0)
os.write(1, b"be" + b"gun")
try:
  while not os.path.exists("go"): time.sleep(0.02)
  while b"\\3" not in os.read(0, 1000): pass
except KeyboardInterrupt: pass
os.system("stty sane")
os.write(1, b"ov" + b"er")
`;

const NORMAL_BUFFER = '\x1b[?1049l';
const SLEEP = 'echo be"gun"; sleep 600\n';
const PYTHON = `python3 -q -c 'import time; print("be" + "gun", flush=True); time.sleep(600)'\n`;

/** Programs that do not read, and what is pasted into them. */
const STALLED = [
  { name: '200 KB of lines, sleep', start: SLEEP, pasted: LINES_OF_200_KB },
  { name: '300 KB in one line, sleep', start: SLEEP, pasted: 'x'.repeat(300_000) },
  { name: '20 KB of lines, sleep', start: SLEEP, pasted: LINES_OF_20_KB },
  { name: '200 KB of lines, python3', start: PYTHON, pasted: LINES_OF_200_KB },
  {
    name: '200 KB of lines, python3 at its prompt',
    start: 'echo be"gun"; python3 -q\n',
    pasted: LINES_OF_200_KB,
    end: '\nexit()\n',
  },
  {
    name: '300 KB, a raw-mode reader',
    start: `python3 -c '${RAW_READER}'\n`,
    pasted: LINES_OF_300_KB,
    over: 'over',
  },
  {
    name: '300 KB, vi',
    start: 'echo be"gun"; vi -u NONE\n',
    pasted: `i${LINES_OF_300_KB}`,
    end: '\x1b:q!\r',
    over: NORMAL_BUFFER,
  },
];

describe('a paste into a program that does not read', () => {
  it.each(STALLED)(
    'holds up nothing else, and is interrupted: $name',
    async ({ start, pasted, end, over }) => {
      await using stalled = await open();
      await using other = await open();
      stalled.viewer.type(start);
      await stalled.viewer.waitFor('begun');
      stalled.viewer.type(pasted);
      const pastedAt = performance.now();
      await runsTrue();
      other.viewer.type('echo al"ive"\n');
      await other.viewer.waitFor('alive');
      expect(performance.now() - pastedAt).toBeLessThan(2_000);
      stalled.viewer.type('\x03');
      await run('touch go');
      if (end !== undefined) stalled.viewer.type(end);
      if (over !== undefined) await stalled.viewer.waitFor(over);
      stalled.viewer.type('\necho pro"mpt"\n');
      await stalled.viewer.waitFor('prompt');
      await run('rm go');
    },
  );

  it('is told how much of it was taken, while it waits and when it goes on', async () => {
    await using stalled = await open();
    const { viewer } = stalled;
    viewer.type(SLEEP);
    await viewer.waitFor('begun');
    const before = Buffer.byteLength(SLEEP);
    viewer.type(LINES_OF_200_KB);
    const taken = () => viewer.frames.flatMap((frame) => (frame.type === 'ack' ? [frame.offset] : []));
    await until(() => taken().length > 0);
    expect(viewer.frames[0]).toEqual({ type: 'ready', offset: 0, input_window: 65_536 });
    expect(taken().at(-1)).toBeLessThan(before + LINES_OF_200_KB.length);
    viewer.type('\x03');
    await until(() => taken().at(-1) === before + LINES_OF_200_KB.length + 1);
    expect(taken().toSorted((a, b) => a - b)).toEqual(taken());
  });

  it('does not keep it from being closed', async () => {
    await using stalled = await open();
    stalled.viewer.type(`echo pid=$$; ${SLEEP}`);
    await stalled.viewer.waitFor('begun');
    stalled.viewer.type(LINES_OF_300_KB);
    expect((await daemon.client.send('DELETE', `/terminals/${stalled.id}`)).status).toBe(204);
    await until(() => stalled.viewer.closeCode !== undefined);
    await runsTrue();
  });

  it('is bounded: beyond it nothing more is read, and nothing is lost', async () => {
    await using stalled = await open();
    const { viewer } = stalled;
    viewer.type(
      'stty raw -echo; echo be"gun"; while [ ! -e go ]; do sleep 0.1; done; head -c 20000000 | wc -c; stty sane\n',
    );
    await viewer.waitFor('begun');
    const before = await residentBytes();
    for (let index = 0; index < 20; index += 1) viewer.type('b'.repeat(1_000_000));
    await until(() => viewer.unsentBytes > 5_000_000);
    await runsTrue();
    expect((await residentBytes()) - before).toBeLessThan(60_000_000);
    await run('touch go');
    await viewer.waitFor('20000000', 60_000);
    await run('rm go');
  }, 90_000);
});

async function run(command: string): Promise<void> {
  const path = `/commands/${newId('command')}?wait_ms=5000`;
  const response = await daemon.client.send('PUT', path, { json: { command } });
  expect(JSON.parse(response.body.toString())).toMatchObject({ status: 'exited', exit_code: 0 });
}

const runsTrue = () => run('true');

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${daemon.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) * 1_024;
}
