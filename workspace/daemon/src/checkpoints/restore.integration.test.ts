import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { createLogger } from '../logging/logger.ts';
import { CHECKPOINT_LIMITS } from './checkpoint-limits.ts';
import { Checkpoints } from './checkpoints.ts';
import { carryOut, type RestoreOutcome } from './restore.ts';
import { RestoreJournal } from './restore-journal.ts';
import { planRestore } from './restore-plan.ts';

const logger = createLogger('daemon', { write: () => undefined });
let home: string;
let outside: string;
let store: string;
let checkpoints: Checkpoints;

beforeEach(() => {
  const root = fs.realpathSync(temporaryFolder('restore'));
  [home = '', outside = '', store = ''] = ['home', 'outside', 'store'].map((name) => path.join(root, name));
  for (const folder of [home, outside, store]) fs.mkdirSync(folder);
  checkpoints = new Checkpoints({ folder: store, homePath: home, limits: CHECKPOINT_LIMITS, logger });
});

const at = (name: string) => path.join(home, name);
const read = (name: string) => fs.readFileSync(at(name), 'utf8');

function write(name: string, content: string): void {
  fs.mkdirSync(path.dirname(at(name)), { recursive: true });
  fs.writeFileSync(at(name), content);
}

async function take(): Promise<string> {
  const { id } = await checkpoints.create({ include_ignored: false }, undefined);
  return checkpoints.get(id).tree;
}

/** A restore during which, after its look at the files, something else happens. */
async function restoreWhile(
  after: string,
  meanwhile: () => void,
  interruptedAt?: number,
): Promise<RestoreOutcome> {
  const { objects } = checkpoints.snapshots;
  const plan = planRestore((id) => objects.readTree(id), { before: await take(), after, only: [] });
  meanwhile();
  return carryOut({
    root: home,
    plan,
    journal: new RestoreJournal(store, logger),
    seen: undefined,
    interruptedAt,
    readPiece: (id) => objects.read(id),
  });
}

describe('a restore while files change', () => {
  it('writes and deletes nothing outside when a folder becomes a link', async () => {
    write('a/file', 'old');
    const then = await take();
    write('a/file', 'new');
    write('a/later', 'new');
    for (const name of ['file', 'later']) fs.writeFileSync(path.join(outside, name), 'new');
    const { problems, written, deleted } = await restoreWhile(then, () => {
      fs.renameSync(at('a'), at('moved'));
      fs.symlinkSync(outside, at('a'));
    });
    expect([written, deleted]).toEqual([0, 0]);
    expect(problems.map((problem) => problem.path)).toEqual([at('a/later'), at('a/file')]);
    expect(fs.readdirSync(outside)).toEqual(['file', 'later']);
    expect(fs.readFileSync(path.join(outside, 'file'), 'utf8')).toBe('new');
  });

  it('leaves what another program writes meanwhile, and says so', async () => {
    write('changed', 'old');
    write('kept', 'old');
    fs.rmSync(at('kept'));
    const then = await take();
    write('changed', 'new');
    write('kept', 'new');
    const { problems } = await restoreWhile(then, () => {
      write('changed', 'theirs');
      write('kept', 'theirs');
    });
    expect(problems.map(({ reason }) => reason)).toEqual(
      Array(2).fill('It was changed by another program in the meantime.'),
    );
    expect([read('changed'), read('kept')]).toEqual(['theirs', 'theirs']);
  });

  it('waits for no pipe and follows no link that takes the place of a file', async () => {
    for (const name of ['pipe', 'link']) write(name, 'old');
    const then = await take();
    for (const name of ['pipe', 'link']) write(name, 'new');
    fs.writeFileSync(path.join(outside, 'target'), 'new');
    const { problems } = await restoreWhile(then, () => {
      for (const name of ['pipe', 'link']) fs.rmSync(at(name));
      execFileSync('mkfifo', [at('pipe')]);
      fs.symlinkSync(path.join(outside, 'target'), at('link'));
    });
    expect(problems).toHaveLength(2);
    expect(fs.readFileSync(path.join(outside, 'target'), 'utf8')).toBe('new');
  });

  it('after a crash finishes the file that was being written, and no other that it does not know', async () => {
    for (const name of ['a', 'b', 'c']) write(name, 'old and long');
    const then = await take();
    for (const name of ['a', 'b', 'c']) write(name, 'new and just as long');
    const { problems } = await restoreWhile(
      then,
      () => {
        for (const name of ['b', 'c']) write(name, 'half of either');
      },
      1,
    );
    expect(problems.map((problem) => problem.path)).toEqual([at('c')]);
    expect([read('a'), read('b'), read('c')]).toEqual(['old and long', 'old and long', 'half of either']);
  });

  it('leaves a folder that holds what checkpoints leave out', async () => {
    const then = await take();
    write('new/node_modules/x', 'x');
    write('new/file', 'x');
    const { problems, deleted } = await restoreWhile(then, () => undefined);
    expect([problems, deleted]).toEqual([[], 1]);
    expect(read('new/node_modules/x')).toBe('x');
  });
});
