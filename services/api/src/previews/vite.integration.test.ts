import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { freePort } from '../../../../tests/stack/free-port.ts';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { PreviewScene } from '../../testing/preview-scene.ts';

const VITE = path.resolve(import.meta.dirname, '../../../../node_modules/vite/bin/vite.js');
const scene = new PreviewScene();
const folder = temporaryFolder('vite');
let vite: ChildProcess;
let port: number;

beforeAll(async () => {
  port = await freePort();
  await writeFile(path.join(folder, 'index.html'), '<script type="module" src="/main.js"></script>');
  await writeFile(path.join(folder, 'main.js'), source('one'));
  // As a person starts it: nothing is said of the host under which it is asked.
  const options = ['--port', String(port), '--strictPort', '--host', '127.0.0.1'];
  vite = spawn(process.execPath, [VITE, folder, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (vite.stdout === null) throw new Error('vite has no output');
  for await (const line of createInterface(vite.stdout)) if (line.includes('127.0.0.1')) break;
  vite.stdout.resume();
  scene.compute.ports.set(port, port);
}, 60_000);
afterAll(() => vite?.kill('SIGKILL'));

function source(text: string): string {
  return `document.title = '${text}'; import.meta.hot.accept();`;
}

async function nextOfType(socket: WebSocket, type: string): Promise<object> {
  for (;;) {
    const [data] = await once(socket, 'message');
    const message = JSON.parse(String(data));
    if (message.type === type) return message;
  }
}

it('shows what a plain Vite serves, and its changes as they are made', async () => {
  const browser = scene.browser(scene.owner);
  const page = await browser.open(scene.host(port));
  expect([page.status, page.body]).toEqual([200, expect.stringContaining('/@vite/client')]);
  const client = await browser.ask(scene.host(port), '/@vite/client');
  const token = /wsToken = "([\w-]+)"/.exec(client.body)?.[1] ?? '';
  const main = await browser.ask(scene.host(port), '/main.js');
  expect(main.body).toContain("'one'");
  const socket = browser.socket(scene.host(port), `/?token=${token}`, {}, ['vite-hmr']);
  await nextOfType(socket, 'connected');
  const update = nextOfType(socket, 'update');
  await writeFile(path.join(folder, 'main.js'), source('two'));
  expect(await update).toMatchObject({ updates: [{ path: '/main.js' }] });
  expect((await browser.ask(scene.host(port), `/main.js?t=${Date.now()}`)).body).toContain("'two'");
  socket.terminate();
}, 60_000);
