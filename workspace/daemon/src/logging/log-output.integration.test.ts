import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { newId } from '@podex/contracts/ids';
import { terminal } from '@podex/contracts/terminals';
import { expect, it } from 'vitest';
import { TerminalViewer } from '../testing/terminal-viewer.ts';
import { DaemonProcess, until } from '../testing/test-daemon.ts';

it('holds nothing up when nobody takes its lines, and tells how many were dropped', async () => {
  await using daemon = await DaemonProcess.create();
  const file = path.join(daemon.folders.root, 'log');
  execFileSync('mkfifo', [file]);
  // Both ends open: it fills, and nobody reads.
  const ends = openSync(file, constants.O_RDWR);
  await daemon.start(undefined, { stdout: ends });
  const opened = (await daemon.client.send('POST', '/terminals', { json: { shell: 'bash' } })).json(terminal);
  let broken = 0;
  const breakOne = async () => {
    const viewer = await TerminalViewer.attach(daemon.folders.socketPath, opened.id);
    viewer.sendNonsense();
    await until(() => viewer.closeCode !== undefined);
    broken += 1;
  };
  for (let round = 0; round < 80; round += 1) await Promise.all(Array.from({ length: 10 }, breakOne));
  const command = await daemon.client.send('PUT', `/commands/${newId('command')}?wait_ms=5000`, {
    json: { command: 'true' },
  });
  expect(JSON.parse(command.body.toString())).toMatchObject({ status: 'exited', exit_code: 0 });
  const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const log = { text: '' };
  await until(async () => {
    readMore(reader, log);
    if (!log.text.includes('"log.dropped"')) await breakOne();
    return log.text.includes('"log.dropped"');
  });
  closeSync(reader);
  closeSync(ends);
  const lines = log.text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  const failed = lines.filter(({ msg }) => msg === 'terminal.viewer_failed').length;
  const dropped = lines.find(({ msg }) => msg === 'log.dropped');
  expect(dropped.lines).toBeGreaterThan(10);
  expect(failed + dropped.lines).toBeLessThanOrEqual(broken);
}, 60_000);

function readMore(descriptor: number, log: { text: string }): void {
  const buffer = Buffer.alloc(65_536);
  try {
    log.text += buffer.subarray(0, readSync(descriptor, buffer)).toString();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
  }
}
