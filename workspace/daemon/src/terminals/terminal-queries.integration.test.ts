import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Terminal, terminal } from '@podex/contracts/terminals';
import headless from '@xterm/headless';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TerminalViewer } from '../testing/terminal-viewer.ts';
import { type RunningTestDaemon, startTestDaemon, until } from '../testing/test-daemon.ts';

/** Asks, reads until nothing has come for a while, and tells how much it read. What comes later is typed at the prompt. */
const ASK = `
import os, select, sys, time, tty, termios
before = termios.tcgetattr(0)
tty.setraw(0)
time.sleep(float(sys.argv[2]))
os.write(1, sys.argv[1].encode().decode("unicode_escape").encode("latin-1"))
got = b""
while select.select([0], [], [], 0.6)[0]: got += os.read(0, 4096)
termios.tcsetattr(0, termios.TCSADRAIN, before)
print("rep" + "ly", repr(got), "end")
`;

let daemon: RunningTestDaemon;

beforeAll(async () => {
  daemon = await startTestDaemon();
  await writeFile(path.join(daemon.folders.homePath, 'ask.py'), ASK);
});
afterAll(() => daemon[Symbol.asyncDispose]());

async function open(): Promise<Terminal & AsyncDisposable> {
  const opened = (await daemon.client.send('POST', '/terminals', { json: { shell: 'bash' } })).json(terminal);
  return {
    ...opened,
    async [Symbol.asyncDispose]() {
      await daemon.client.send('DELETE', `/terminals/${opened.id}`);
    },
  };
}

const attach = (id: string, after?: number) => TerminalViewer.attach(daemon.folders.socketPath, id, after);

/** A viewer that draws what it gets with an emulator, and sends what that replies: as a page, or any other terminal, would. */
function replyWithEmulator(viewer: TerminalViewer): { hasDrawn: () => Promise<void> } {
  const emulator = new headless.Terminal({ cols: 80, rows: 24, allowProposedApi: true });
  emulator.onData((reply) => viewer.type(reply));
  for (const code of [10, 11, 4]) {
    emulator.parser.registerOscHandler(code, (data) => {
      if (data.includes('?')) viewer.type('\x1b]11;rgb:0000/0000/0000\x1b\\');
      return true;
    });
  }
  // Some may have come with the response that attached it.
  emulator.write(viewer.stream);
  viewer.onBytes = (bytes) => emulator.write(bytes);
  return { hasDrawn: () => new Promise((resolve) => emulator.write('', resolve)) };
}

/** In the order of the questions, and nothing twice. */
const REPLIES = [
  { name: 'DSR', ask: '\\x1b[5n', reply: /\\x1b\[0n/ },
  { name: 'cursor position', ask: '\\x1b[6n', reply: /\\x1b\[\d+;\d+R/ },
  { name: 'DA1', ask: '\\x1b[c', reply: /\\x1b\[\?1;2c/ },
  { name: 'DA2', ask: '\\x1b[>c', reply: /\\x1b\[>0;276;0c/ },
  { name: 'DA3', ask: '\\x1b[=c', reply: /\\x1bP!\|00000000\\x1b\\\\/ },
  { name: 'DECRQM', ask: '\\x1b[?2026$p', reply: /\\x1b\[\?2026;2\$y/ },
  { name: 'foreground', ask: '\\x1b]10;?\\x07', reply: /\\x1b\]10;rgb:dfdf\/e1e1\/e6e6\\x1b\\\\/ },
  { name: 'background', ask: '\\x1b]11;?\\x1b\\\\', reply: /\\x1b\]11;rgb:1212\/1313\/1717\\x1b\\\\/ },
  {
    name: 'a colour of the palette',
    ask: '\\x1b]4;196;?\\x07',
    reply: /\\x1b\]4;196;rgb:ffff\/0000\/0000\\x1b\\\\/,
  },
  { name: 'XTVERSION', ask: '\\x1b[>0q', reply: /\\x1bP>\|xterm\.js\(6\.0\.0\)\\x1b\\\\/ },
  { name: 'size', ask: '\\x1b[18t', reply: /\\x1b\[8;24;80t/ },
  // Who does not speak it says nothing, and the question that follows is how a program finds out.
  { name: 'kitty’s keyboard, then DA1', ask: '\\x1b[?u\\x1b[c', reply: /\\x1b\[\?1;2c/ },
];

/** As Python writes it: `\\x1b` for an escape, two backslashes for one. */
const replyIn = (text: string): string | undefined => /reply b('|")(.*)\1 end/.exec(text)?.[2];

describe('a program that asks its terminal something', () => {
  it('gets one reply to each question, while two watch who would reply', async () => {
    await using opened = await open();
    using first = await attach(opened.id, 0);
    using second = await attach(opened.id, 0);
    replyWithEmulator(first);
    replyWithEmulator(second);
    first.type(`python3 ask.py '${REPLIES.map(({ ask }) => ask).join('')}' 0\n`);
    await until(() => replyIn(first.text) !== undefined);
    expect(replyIn(first.text)).toMatch(new RegExp(`^${REPLIES.map(({ reply }) => reply.source).join('')}$`));
  });

  it('gets one while nobody watches, and none when somebody comes back to what was missed', async () => {
    await using opened = await open();
    const before = await attach(opened.id, 0);
    before.type(`PS1='ready> '; python3 ask.py '\\x1b[6n\\x1b]11;?\\x07\\x1b[c' 0.5\n`);
    await before.waitFor('ask.py');
    const after = before.offset;
    before[Symbol.dispose]();
    using watcher = await TerminalViewer.attach(daemon.folders.socketPath, opened.id, undefined, {
      how: 'watch',
    });
    await until(() => replyIn(watcher.text) !== undefined);
    expect(replyIn(watcher.text)).toMatch(/^\\x1b\[\d+;\d+R\\x1b\]11;rgb:[^\\]+\\x1b\\\\\\x1b\[\?1;2c$/);
    using back = await attach(opened.id, after);
    const emulator = replyWithEmulator(back);
    await back.waitFor('ready> ');
    await emulator.hasDrawn();
    back.type('echo no"thing"\r');
    await back.waitFor('nothing\r\n');
    expect(back.text.slice(back.text.lastIndexOf('end'))).toMatch(/^end\r\n[^\r]*ready> echo no"thing"/);
  });

  it('learns the colours that the viewer told', async () => {
    await using opened = await open();
    using viewer = await attach(opened.id, 0);
    const ansi = Array.from({ length: 16 }, (_, index) => `#0000${index.toString(16).padStart(2, '0')}`);
    viewer.send({ type: 'colors', foreground: '#000000', background: '#fffefd', cursor: '#010203', ansi });
    viewer.type(`python3 ask.py '\\x1b]11;?\\x07\\x1b]4;15;?\\x07\\x1b[?996n' 0\n`);
    await until(() => replyIn(viewer.text) !== undefined);
    const replies = ['\\x1b]11;rgb:ffff/fefe/fdfd', '\\x1b]4;15;rgb:0000/0000/0f0f', '\\x1b[?997;2n'];
    expect(replyIn(viewer.text)).toBe(replies.join('\\x1b\\\\'));
  });

  it('is told of the focus only while it wants to be', async () => {
    await using opened = await open();
    using viewer = await attach(opened.id, 0);
    viewer.type(`python3 ask.py '\\x1b[?1004h' 0\n`);
    await viewer.waitFor('\x1b[?1004h');
    viewer.type('\x1b[I');
    await until(() => replyIn(viewer.text) !== undefined);
    expect(replyIn(viewer.text)).toBe('\\x1b[I');
    viewer.type(`printf '\\033[?1004l'; python3 ask.py 'a"b"sent' 0\n`);
    await viewer.waitFor('a"b"sent', 2_000);
    await viewer.waitFor('\x1b[?1004l');
    viewer.type('\x1b[O');
    await until(() => viewer.text.match(/end/g)?.length === 2);
    expect(replyIn(viewer.text.slice(viewer.text.indexOf('end') + 3))).toBe('');
  });

  it('may ask without end and read nothing', async () => {
    await using opened = await open();
    using viewer = await attach(opened.id, 0);
    viewer.acknowledges = true;
    viewer.type(
      `stty raw -echo; for i in $(seq 100000); do printf '\\033[c'; done; stty sane; echo do"ne"\n`,
    );
    await viewer.waitFor('done', 30_000);
    expect((await daemon.client.send('GET', '/health')).status).toBe(200);
  }, 40_000);
});
