import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { type Checkpoint, checkpoint, checkpointList } from '@podex/contracts/checkpoints';
import { command } from '@podex/contracts/commands';
import { newId } from '@podex/contracts/ids';
import { withQuery } from '@podex/contracts/query';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listProcesses } from '../spawning/process-table.ts';
import { DaemonProcess, isRoot, until } from '../testing/test-daemon.ts';

/** A process has to start, on machines that stall. */
const SLOW_MS = 60_000;

let daemon: DaemonProcess;

beforeAll(async () => {
  daemon = await DaemonProcess.start();
  await until(isServing, SLOW_MS);
}, 90_000);
afterAll(() => daemon[Symbol.asyncDispose]());

const isServing = async () => (await daemon.client.send('GET', '/checkpoints')).status === 200;
const home = (name: string) => path.join(daemon.folders.homePath, name);

async function shell(script: string): Promise<{ output: string; exit_code: number | null }> {
  const target = withQuery(`/commands/${newId('command')}`, { wait_ms: 20_000 });
  const response = await daemon.client.send('PUT', target, { json: { command: script } });
  return response.json(command);
}

async function take(path_: string): Promise<Checkpoint> {
  const response = await daemon.client.send('POST', '/checkpoints', { json: { path: path_ } });
  expect(response.status).toBe(201);
  return response.json(checkpoint);
}

const restore = async ({ id }: Checkpoint) =>
  (await daemon.client.send('POST', `/checkpoints/${id}/restore`, { json: {} })).json(checkpoint);

async function checkpointsPid(): Promise<number> {
  for (const { pid, parent } of await listProcesses()) {
    const title = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    if (parent === daemon.pid && title.startsWith('podex-checkpoints')) return pid;
  }
  throw new Error('no process makes checkpoints');
}

describe('the process that makes checkpoints', () => {
  it('takes in what a shell did, as the user, and gives it back', async () => {
    await shell('mkdir -p shell && cd shell && echo one > a && git init -q . && echo two > b && chmod 755 b');
    const made = await take('shell');
    await shell('cd shell && rm b && echo changed > a && mkdir -p new && touch new/c');
    const index = fs.readdirSync(home('shell/.git')).sort();
    expect((await restore(made)).restored).toMatchObject({ written: 2, deleted: 2, problems: [] });
    expect((await shell('cd shell && cat a b && ls -l b | cut -c1-10 && ls')).output).toBe(
      'one\ntwo\n-rwxr-xr-x\na\nb\n',
    );
    expect(fs.readdirSync(home('shell/.git')).sort()).toEqual(index);
    if (isRoot) expect(fs.statSync(home('shell/b')).uid).toBe(daemon.folders.user.uid);
  });

  it.runIf(isRoot)('lets no program of the user near the store', async () => {
    await shell('mkdir -p kept && echo one > kept/a');
    await take('kept');
    const store = path.join(daemon.folders.statePath, 'checkpoints');
    const pid = await checkpointsPid();
    const fds = fs.readdirSync(`/proc/${pid}/fd`);
    const folder = fds.find((fd) => fs.readlinkSync(`/proc/${pid}/fd/${fd}`) === store);
    const tries = [
      `ls ${store}`,
      `rm -rf ${store}`,
      `echo forged > ${store}/records/x.json`,
      `ls /proc/${pid}/fd/`,
      `ls /proc/${pid}/fd/${folder}/`,
      `ls /proc/${pid}/cwd/`,
      `cat /proc/${pid}/maps`,
      `head -c 1 /proc/${pid}/mem`,
    ];
    for (const script of tries) expect([script, (await shell(script)).exit_code]).not.toEqual([script, 0]);
    const list = (await daemon.client.send('GET', '/checkpoints')).json(checkpointList);
    expect(list.items.length).toBeGreaterThan(0);
  });

  it.runIf(isRoot)('touches nothing that the user may not', async () => {
    await shell('mkdir -p rights && echo mine > rights/a');
    fs.writeFileSync(home('rights/secret'), 'of root', { mode: 0o600 });
    const made = await take('rights');
    expect(made.skipped.map((place) => path.basename(place.path))).toEqual(['secret']);
    const target = path.join(daemon.folders.root, 'outside');
    fs.mkdirSync(target);
    fs.writeFileSync(path.join(target, 'a'), 'of root');
    // The folder becomes a link to one of root’s.
    await shell(`mkdir -p rights/sub && echo x > rights/sub/a`);
    const inner = await take('rights');
    await shell(`rm -r rights/sub && ln -s ${target} rights/sub`);
    await restore(inner);
    expect(fs.readFileSync(path.join(target, 'a'), 'utf8')).toBe('of root');
    expect(fs.lstatSync(home('rights/sub')).isDirectory()).toBe(true);
    expect(fs.readFileSync(home('rights/secret'), 'utf8')).toBe('of root');
  });

  it('finishes a restore that was cut off by the end of the daemon', async () => {
    const files = 1_500;
    await shell(`mkdir -p many && cd many && for i in $(seq ${files}); do echo old > f$i; done`);
    const made = await take('many');
    const journal = path.join(daemon.folders.statePath, 'checkpoints/restore.json');
    const count = (text: string) =>
      execFileSync('sh', ['-c', `grep -lx '${text}' ${home('many')}/f* | wc -l`])
        .toString()
        .trim();
    // On a busy machine the restore may be over before its beginning is seen: then it is cut off at another try.
    for (let tries = 0; !fs.existsSync(journal) && tries < 10; tries += 1) {
      if (tries > 0) await daemon.start();
      await shell(`cd many && for i in $(seq ${files}); do echo new and longer > f$i; done; touch later`);
      const cut = restore(made).catch(() => undefined);
      await until(() => fs.existsSync(journal) || !fs.existsSync(home('many/later')));
      await daemon.end('SIGKILL');
      await cut;
    }
    expect(fs.existsSync(journal)).toBe(true);
    await daemon.start();
    await until(() => !fs.existsSync(journal), SLOW_MS);
    expect([count('old'), count('new and longer')]).toEqual([String(files), '0']);
    expect(fs.existsSync(home('many/later'))).toBe(false);
    const { items } = (await daemon.client.send('GET', '/checkpoints')).json(checkpointList);
    expect(items[0]?.restored).toMatchObject({ checkpoint_id: made.id, problems: [] });
  });

  it('serves again when its user has killed it', async () => {
    await shell('mkdir -p killed && echo one > killed/a');
    const made = await take('killed');
    process.kill(await checkpointsPid(), 'SIGKILL');
    await until(isServing, SLOW_MS);
    await shell('echo two > killed/a');
    await restore(made);
    expect(fs.readFileSync(home('killed/a'), 'utf8')).toBe('one\n');
  });
});
