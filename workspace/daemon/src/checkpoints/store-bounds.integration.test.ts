import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import type { Checkpoint } from '@podex/contracts/checkpoints';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { createLogger } from '../logging/logger.ts';
import { CHECKPOINT_LIMITS, type CheckpointLimits } from './checkpoint-limits.ts';
import { Checkpoints } from './checkpoints.ts';

const logger = createLogger('daemon', { write: () => undefined });
const KB = 1024;
let home: string;
let store: string;

function open(limits: Partial<CheckpointLimits> = {}): Checkpoints {
  return new Checkpoints({
    folder: store,
    homePath: home,
    limits: { ...CHECKPOINT_LIMITS, ...limits },
    logger,
  });
}

beforeEach(() => {
  const root = fs.realpathSync(temporaryFolder('checkpoint-store'));
  home = path.join(root, 'home');
  store = path.join(root, 'store');
  for (const folder of [home, store]) fs.mkdirSync(folder);
});

const write = (name: string, content: string | Buffer) => fs.writeFileSync(path.join(home, name), content);
const read = (name: string) => fs.readFileSync(path.join(home, name));
const take = (checkpoints: Checkpoints, origin: 'person' | 'agent' = 'person') => {
  const turn =
    origin === 'agent' ? { turn_id: 'trn_01k9x3v7m4q8r2t6w0y5z1a3b7' as Checkpoint['turn_id'] & string } : {};
  return checkpoints.create({ include_ignored: false, ...turn }, undefined);
};
const packs = () => fs.readdirSync(path.join(store, 'packs')).map((name) => path.join(store, 'packs', name));

describe('the store of checkpoints', () => {
  it('stores once what does not change, and of a large file only the pieces that do', async () => {
    const checkpoints = open();
    const large = randomBytes(9 * KB * KB);
    write('large', large);
    await take(checkpoints);
    const { stored_bytes: first } = checkpoints.list();
    large[0] = (large[0] ?? 0) ^ 1;
    write('large', large);
    await take(checkpoints);
    const added = checkpoints.list().stored_bytes - first;
    expect(added).toBeGreaterThan(4 * KB * KB);
    expect(added).toBeLessThan(4.1 * KB * KB);
    await take(checkpoints);
    expect(checkpoints.list().stored_bytes - first).toBe(added);
  });

  it('stays within its bytes: the agent’s go before a person’s, and the rest is whole', async () => {
    const checkpoints = open({ storeBytes: 500 * KB });
    write('a', randomBytes(100 * KB));
    const kept = await take(checkpoints);
    for (let round = 0; round < 8; round += 1) {
      write('b', randomBytes(100 * KB));
      await take(checkpoints, 'agent');
      expect(checkpoints.list().stored_bytes).toBeLessThanOrEqual(500 * KB);
    }
    const { items } = checkpoints.list();
    expect(items.length).toBeGreaterThan(2);
    expect(items.length).toBeLessThan(9);
    expect(items.at(-1)?.id).toBe(kept.id);
    for (const { id } of items) {
      expect((await open().restore(id, {})).restored?.problems).toEqual([]);
    }
  });

  it('refuses what can’t fit, and keeps what it has', async () => {
    const checkpoints = open({ storeBytes: 200 * KB });
    write('a', randomBytes(50 * KB));
    const made = await take(checkpoints);
    write('b', randomBytes(2_000 * KB));
    await expect(take(checkpoints)).rejects.toMatchObject({ code: 'too_large' });
    expect(packs().filter((file) => file.endsWith('.new'))).toEqual([]);
    fs.rmSync(path.join(home, 'b'));
    expect((await checkpoints.restore(made.id, {})).restored?.problems).toEqual([]);
  });

  it('leaves the last free space to the user', async () => {
    const checkpoints = open({ freeBytes: Number.MAX_SAFE_INTEGER });
    await expect(take(checkpoints)).rejects.toMatchObject({ code: 'disk_full' });
    expect(checkpoints.list().items).toEqual([]);
  });

  it('refuses a folder with too many files', async () => {
    for (let index = 0; index < 11; index += 1) write(`f${index}`, '');
    await expect(take(open({ entries: 10 }))).rejects.toMatchObject({ code: 'limit_reached' });
    expect((await take(open({ entries: 11 }))).files).toBe(11);
  });

  it('keeps the newest fifty and thins the agent’s behind them', async () => {
    const checkpoints = open();
    for (let index = 0; index < 60; index += 1) {
      write('a', String(index));
      await take(checkpoints, 'agent');
    }
    expect(checkpoints.list().items.length).toBeLessThan(54);
    expect(checkpoints.list().items.length).toBeGreaterThanOrEqual(50);
  });

  it('frees what a deleted checkpoint alone had', async () => {
    const checkpoints = open();
    write('a', randomBytes(300 * KB));
    const first = await take(checkpoints);
    write('a', 'small');
    const second = await take(checkpoints);
    await checkpoints.delete(first.id);
    expect(checkpoints.list().stored_bytes).toBeLessThan(10 * KB);
    await expect(checkpoints.restore(first.id, {})).rejects.toMatchObject({ code: 'checkpoint_not_found' });
    expect((await checkpoints.restore(second.id, {})).restored?.problems).toEqual([]);
  });

  it('says which checkpoint is damaged, touches nothing for it, and uses the others', async () => {
    const checkpoints = open();
    write('a', 'first '.repeat(1_000));
    const first = await take(checkpoints);
    const [pack = ''] = packs();
    write('a', 'second '.repeat(1_000));
    const second = await take(checkpoints);
    const bytes = fs.readFileSync(pack);
    bytes[4] = (bytes[4] ?? 0) ^ 0xff;
    fs.writeFileSync(pack, bytes);
    const before = await open().restore(first.id, {});
    expect(before.restored?.problems).toEqual([expect.objectContaining({ path: path.join(home, 'a') })]);
    expect(read('a').toString()).toBe('second '.repeat(1_000));

    fs.writeFileSync(pack, bytes.subarray(0, 40));
    await expect(open().restore(first.id, {})).rejects.toMatchObject({ code: 'checkpoint_damaged' });
    write('a', 'third');
    expect((await open().restore(second.id, {})).restored?.problems).toEqual([]);
    expect(read('a').toString()).toBe('second '.repeat(1_000));
  });

  it('makes nothing of what a crash left unfinished', async () => {
    write('a', 'x');
    await take(open());
    const stray = path.join(store, 'packs', 'half.new');
    fs.writeFileSync(stray, 'half a pack');
    fs.writeFileSync(path.join(store, 'records', 'ckp_half.json'), '{"checkpoint":');
    for (const name of fs.readdirSync(path.join(store, 'caches'))) {
      fs.writeFileSync(path.join(store, 'caches', name), '[["a",1');
    }
    const again = open();
    expect(again.list().items).toHaveLength(1);
    expect(fs.existsSync(stray)).toBe(false);
    expect(await take(again)).toMatchObject({ changes: { added: 0, modified: 0, removed: 0 } });
  });
});
