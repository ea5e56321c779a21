import { access, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pageOf } from '@podex/contracts/pagination';
import { type Terminal, terminal } from '@podex/contracts/terminals';
import { expect, it } from 'vitest';
import { TerminalViewer } from '../testing/terminal-viewer.ts';
import { DaemonProcess, until } from '../testing/test-daemon.ts';

const open = async ({ client }: DaemonProcess, input: object): Promise<Terminal> =>
  (await client.send('POST', '/terminals', { json: { shell: 'bash', ...input } })).json(terminal);

const list = async ({ client }: DaemonProcess): Promise<Terminal[]> =>
  (await client.send('GET', '/terminals')).json(pageOf(terminal)).items;

it('comes back after a stop with what it showed, where it was, and a new shell', async () => {
  await using daemon = await DaemonProcess.start();
  const { socketPath, statePath, homePath } = daemon.folders;
  const opened = await open(daemon, { name: 'mine', cols: 100, rows: 10 });
  const closed = await open(daemon, { name: 'closed' });
  const lost = await open(daemon, { name: 'lost' });
  const ended = await open(daemon, {});
  const before = await TerminalViewer.attach(socketPath, opened.id, 0);
  before.type(
    'mkdir -p deep/er; cd deep/er; for i in $(seq 50); do echo line-$i; done; printf "\\e[31mred"\n',
  );
  await before.waitFor('line-50\r\n\x1b[31mred');
  before.type('clear_not; vi -u NONE\n');
  await before.waitFor('\x1b[?1049h');
  using losing = await TerminalViewer.attach(socketPath, lost.id, 0);
  losing.type('mkdir gone; cd gone; rmdir ../gone; echo d"one"\n');
  await losing.waitFor('done');
  const leaving = await TerminalViewer.attach(socketPath, ended.id, 0);
  leaving.type('exit\n');
  await until(() => leaving.closeCode !== undefined);
  expect(await daemon.end('SIGTERM')).toBe(0);
  // It may attach again: the terminal has not ended for it.
  expect(before.closeCode).toBe(1001);
  expect(before.frames.some(({ type }) => type === 'exit')).toBe(false);

  await daemon.start();
  expect((await list(daemon)).map(({ name }) => name)).toEqual(['mine', 'closed', 'lost']);
  expect((await list(daemon))[0]).toEqual(opened);
  expect((await daemon.client.send('DELETE', `/terminals/${closed.id}`)).status).toBe(204);
  using first = await TerminalViewer.attach(socketPath, opened.id, before.offset);
  using second = await TerminalViewer.attach(socketPath, opened.id, 3);
  for (const viewer of [first, second]) {
    await until(() => viewer.drawings.length > 0);
    const drawing = viewer.drawings[0]?.toString() ?? '';
    expect(drawing).toContain('line-1\r\n');
    expect(drawing).toContain('\x1b[31mred');
    expect(drawing).toContain('The workspace was stopped, and what ran here has ended. This is a new shell.');
    expect(drawing).not.toContain('\x1b[?1049h');
  }
  first.type('echo "in $PWD" a"gain"\n');
  await second.waitFor(' again\r\n');
  // gVisor does not tell where a shell is: there it begins where the first one did.
  const folders = [homePath, path.join(homePath, 'deep/er')].map((folder) => `in ${folder} again`);
  expect(
    folders.some((line) => second.text.includes(line)),
    second.text,
  ).toBe(true);
  using home = await TerminalViewer.attach(socketPath, lost.id);
  home.type('echo "in $PWD" a"gain"\n');
  await home.waitFor(`in ${homePath} again`);
  expect((await list(daemon)).map(({ id }) => id)).toEqual([opened.id, lost.id]);
  await daemon.client.send('DELETE', `/terminals/${lost.id}`);

  first.type('exit\n');
  await until(() => first.closeCode !== undefined);
  const file = path.join(statePath, 'terminals', `${opened.id}.json`);
  await until(() =>
    access(file).then(
      () => false,
      () => true,
    ),
  );
  await writeFile(path.join(statePath, 'terminals', 'trm_broken.json'), 'no JSON');
  await daemon.end('SIGTERM');
  await daemon.start();
  expect(await list(daemon)).toEqual([]);
});
