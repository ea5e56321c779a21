import { execFile } from 'node:child_process';
import { appendFile, chmod, chown, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { WATCH_CHANGES_MAX, WATCH_FOLDERS_MAX, WATCHES_MAX } from '@podex/contracts/file-events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refusal } from '../testing/files-client.ts';
import { isRoot, type RunningTestDaemon, startTestDaemon, until } from '../testing/test-daemon.ts';
import { WatchClient } from '../testing/watch-client.ts';

const run = promisify(execFile);

let daemon: RunningTestDaemon;
let home: string;
let tries = 0;
/** A folder of this test alone. */
let folder: string;

beforeAll(async () => {
  daemon = await startTestDaemon();
});
afterAll(() => daemon[Symbol.asyncDispose]());
beforeEach(async () => {
  home = daemon.folders.homePath;
  tries += 1;
  folder = path.join(home, `t${tries}`);
  await mkdir(folder);
});

const watch = (...paths: string[]) =>
  WatchClient.open(
    daemon.client,
    paths.map((one) => ['path', one] as const),
  );
const watchBelow = (root: string, ...ignored: string[]) =>
  WatchClient.open(daemon.client, [
    ['path', root],
    ['recursive', 'true'],
    ...ignored.map((name) => ['ignore', name] as const),
  ]);

describe('a watch of folders', () => {
  it('tells of what other programs create, change, move and delete, once for each path', async () => {
    using viewer = await watch(folder);
    expect(viewer.events).toEqual([{ type: 'ready', folders: 1, not_watched: [] }]);
    const [a, b] = [path.join(folder, 'a'), path.join(folder, 'b')];
    await run('bash', ['-c', `echo 1 > ${a}; echo 2 >> ${a}; echo 3 >> ${a}`]);
    await until(() => viewer.changes.length > 0);
    expect(viewer.changes).toEqual([{ path: a, kind: 'created' }]);
    viewer.forget();
    await appendFile(a, 'x');
    await until(() => viewer.has(a, 'changed'));
    await rename(a, b);
    await until(() => viewer.has(a, 'deleted') && viewer.has(b, 'created'));
    await rm(b);
    await until(() => viewer.has(b, 'deleted'));
  });

  it('says nothing of what is below them', async () => {
    await mkdir(path.join(folder, 'sub'));
    using viewer = await watch(folder);
    await writeFile(path.join(folder, 'sub/in'), 'x');
    await writeFile(path.join(folder, 'after'), 'x');
    await until(() => viewer.has(path.join(folder, 'after'), 'created'));
    expect(viewer.changes.map((change) => change.path)).not.toContain(path.join(folder, 'sub/in'));
  });

  it('follows the name and not the folder that had it', async () => {
    const sub = path.join(folder, 'sub');
    await mkdir(sub);
    using viewer = await watch(folder, sub);
    await rename(sub, path.join(folder, 'old'));
    await until(() => viewer.has(sub, 'deleted'));
    await writeFile(path.join(folder, 'old/x'), 'x');
    await mkdir(sub);
    await until(() => viewer.has(sub, 'created'));
    await writeFile(path.join(sub, 'y'), 'y');
    await until(() => viewer.has(path.join(sub, 'y'), 'created'));
    expect(viewer.changes.map((change) => change.path)).not.toContain(path.join(sub, 'x'));
  });

  it('begins with a folder when it comes to be, below one that is moved as well', async () => {
    const late = path.join(folder, 'a/late');
    using viewer = await watch(folder, path.dirname(late), late);
    await mkdir(path.join(folder, 'made/late'), { recursive: true });
    await rename(path.join(folder, 'made'), path.dirname(late));
    await until(() => viewer.has(path.dirname(late), 'created'));
    await writeFile(path.join(late, 'in'), 'x');
    await until(() => viewer.has(path.join(late, 'in'), 'created'));
    expect(viewer.count('overflow')).toBe(0);
  });

  it('of a folder that is not there begins when it comes, whatever of the folders above it is missing', async () => {
    const late = path.join(folder, 'a/b/late');
    using viewer = await watch(late);
    expect(viewer.events).toEqual([{ type: 'ready', folders: 1, not_watched: [] }]);
    const comes = async (file: string) => {
      await mkdir(late, { recursive: true });
      await until(() => viewer.has(late, 'created'));
      await writeFile(path.join(late, file), 'x');
      await until(() => viewer.has(path.join(late, file), 'created'));
    };
    await comes('first');
    await rm(path.join(folder, 'a'), { recursive: true });
    await until(() => viewer.has(late, 'deleted'));
    viewer.forget();
    await mkdir(path.join(folder, 'a'));
    await rename(path.join(folder, 'a'), path.join(folder, 'away'));
    await mkdir(path.join(folder, 'a/b'), { recursive: true });
    await comes('second');
    const told = new Set(viewer.changes.map((change) => change.path));
    expect([...told].sort()).toEqual([late, path.join(late, 'second')]);
  });

  it('takes names with line ends and bytes that are no UTF-8', async () => {
    using viewer = await watch(folder);
    await writeFile(path.join(folder, 'two\nlines'), 'x');
    await writeFile(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xb1])]), 'x');
    await until(() => viewer.has(path.join(folder, 'two\nlines'), 'created'));
    await until(() => viewer.has(`${folder}/\u{10feb1}`, 'created'));
    expect(viewer.changes).toHaveLength(2);
  });

  it('says that it can’t wait behind a link that leads to nothing', async () => {
    const dangling = path.join(folder, 'dangling');
    await symlink(path.join(folder, 'none'), dangling);
    using viewer = await watch(dangling, folder);
    expect(viewer.events[0]).toEqual({
      type: 'ready',
      folders: 1,
      not_watched: [{ path: dangling, reason: 'It is a link that leads to nothing this user can reach.' }],
    });
  });

  it.runIf(isRoot)('says which folders it can’t watch, and watches the others', async () => {
    const locked = path.join(folder, 'locked');
    const file = path.join(folder, 'file');
    await mkdir(locked);
    await chown(locked, 0, 0);
    await chmod(locked, 0o000);
    await writeFile(file, 'x');
    using viewer = await watch(locked, file, folder, path.join(folder, 'none'));
    expect(viewer.events[0]).toEqual({
      type: 'ready',
      folders: 2,
      not_watched: [
        { path: locked, reason: 'The workspace’s user may not read it.' },
        { path: file, reason: 'It is not a folder.' },
      ],
    });
    expect(refusal(await daemon.client.send('GET', '/watch?path=/proc/1'))).toEqual([403, 'forbidden']);
    expect(refusal(await daemon.client.send('GET', '/watch?path=/a&path='))).toEqual([
      400,
      'invalid_request',
    ]);
  });

  it('ends at once for who asks for the head alone', async () => {
    const { status, headers } = await daemon.client.send('HEAD', '/watch');
    expect([status, headers['content-type']]).toEqual([200, 'text/event-stream']);
  });

  it('refuses more readers than it serves, and serves again when one has gone', async () => {
    const viewers = await Promise.all(Array.from({ length: WATCHES_MAX }, () => watch(folder)));
    expect(refusal(await daemon.client.send('GET', '/watch'))).toEqual([429, 'limit_reached']);
    expect((await daemon.client.send('GET', '/files?path=.')).status).toBe(200);
    for (const viewer of viewers) viewer[Symbol.dispose]();
    const isServed = async () =>
      watch(folder).then(
        (viewer) => {
          viewer[Symbol.dispose]();
          return true;
        },
        () => false,
      );
    await until(isServed);
  });
});

describe('a watch of all below a folder', () => {
  it('passes over what programs make in thousands, unless it is named, and does not follow links', async () => {
    for (const name of ['src/deep', 'node_modules/x', '.git/objects', 'mine']) {
      await mkdir(path.join(folder, name), { recursive: true });
    }
    await symlink(folder, path.join(folder, 'src/loop'));
    using viewer = await watchBelow(folder);
    expect(viewer.events[0]).toMatchObject({ folders: 4 });
    using own = await watchBelow(folder, 'mine', 'src');
    expect(own.events[0]).toMatchObject({ folders: 5 });
    await writeFile(path.join(folder, 'node_modules/x/y'), 'x');
    await writeFile(path.join(folder, 'src/deep/y'), 'x');
    await until(() => viewer.has(path.join(folder, 'src/deep/y'), 'created'));
    await until(() => own.has(path.join(folder, 'node_modules/x/y'), 'created'));
    expect([viewer.changes.length, own.changes.length]).toEqual([1, 1]);
  });

  it('follows folders that are made later', async () => {
    using viewer = await watchBelow(folder);
    const made = path.join(folder, 'made');
    await mkdir(path.join(made, 'deep'), { recursive: true });
    await until(() => viewer.has(made, 'created'));
    const file = path.join(made, 'deep/file');
    await until(async () => {
      await writeFile(file, 'x');
      await rm(file);
      return viewer.changes.some((change) => change.path === file);
    });
    await rm(made, { recursive: true });
    await until(() => viewer.has(made, 'deleted'));
    expect(viewer.count('overflow')).toBe(0);
  });

  it('follows all that comes with a folder that was not there, whatever its name', async () => {
    const late = path.join(folder, 'x/node_modules');
    using viewer = await watchBelow(late);
    await mkdir(path.join(folder, 'made/node_modules/deep'), { recursive: true });
    await rename(path.join(folder, 'made'), path.join(folder, 'x'));
    await until(() => viewer.has(late, 'created'));
    const file = path.join(late, 'deep/file');
    await until(async () => {
      await writeFile(file, 'x');
      await rm(file);
      return viewer.changes.some((change) => change.path === file);
    });
    expect(viewer.count('overflow')).toBe(0);
  });

  it('says when there are more folders than it follows', async () => {
    await run('bash', ['-c', `mkdir -p ${folder}/{1..40}/{1..60}`]);
    using viewer = await watchBelow(folder);
    await until(() => viewer.count('incomplete') === 1);
    expect(viewer.events).toMatchObject([
      { type: 'ready', folders: WATCH_FOLDERS_MAX },
      { type: 'incomplete', max_folders: WATCH_FOLDERS_MAX },
    ]);
  });
});

describe('a storm of changes', () => {
  it('of 20,000 files becomes some overflows, and what comes after it is told', async () => {
    using viewer = await watch(folder);
    await run('bash', ['-c', `cd ${folder}; seq 20000 | xargs touch; seq 20000 | xargs rm -f`]);
    await until(() => viewer.count('overflow') > 0, 20_000);
    await writeFile(path.join(folder, 'after'), 'x');
    const isSettled = async () => {
      viewer.forget();
      await appendFile(path.join(folder, 'after'), 'x');
      await until(() => viewer.events.length > 0);
      return viewer.changes.length > 0;
    };
    await until(isSettled, 20_000);
    expect(viewer.count('overflow')).toBe(0);
    for (const event of viewer.events) {
      if (event.type === 'changes') expect(event.changes.length).toBeLessThanOrEqual(WATCH_CHANGES_MAX);
    }
  });
});
