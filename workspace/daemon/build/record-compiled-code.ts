import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Script } from 'node:vm';

/**
 * A program of its own, run by the Node of the runtime: `record-compiled-code.ts <runtime> <scratch>`. It runs the daemon in the folder
 * `scratch` through what every workspace does at its start, and writes beside the code what V8 has compiled by then.
 */
const [runtime = '', scratch = ''] = process.argv.slice(2);
const entry = path.join(runtime, 'daemon.js');
const socketPath = path.join(scratch, 'run', 'daemon.sock');
const home = path.join(scratch, 'home');
mkdirSync(home, { recursive: true });
chmodSync(scratch, 0o755);

const { username, uid, gid } = userInfo();
process.argv = [
  process.execPath,
  entry,
  ...['--socket', socketPath, '--state', path.join(scratch, 'state'), '--home', home],
  ...['--user', `${username}:${uid}:${gid}`],
];
const { script }: { script: Script } = createRequire(import.meta.url)(entry);

function send(method: string, route: string, body?: object): Promise<number | undefined> {
  return new Promise((resolve) => {
    const sent = request(
      { socketPath, method, path: route, headers: body ? { 'content-type': 'application/json' } : {} },
      (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode));
      },
    );
    sent.once('error', () => resolve(undefined));
    sent.end(body && JSON.stringify(body));
  });
}

while ((await send('GET', '/health')) === undefined) await pause(10);
await send('PUT', '/settings', { workspace_id: 'ws_recorded', name: 'recorded', env: {} });
await send('PUT', '/commands/cmd_01k9x3v7m4q8r2t6w0y5z1a3b7?wait_ms=5000', { command: 'true' });
const file = path.join(runtime, 'daemon-code.cache');
writeFileSync(`${file}.partial`, script.createCachedData(), { mode: 0o644 });
renameSync(`${file}.partial`, file);
process.exit(0);
