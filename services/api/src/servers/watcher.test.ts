import { newId } from '@podex/contracts/ids';
import { describe, expect, it } from 'vitest';
import { watcherOf } from './watcher.ts';

const WORKERS = ['a/1', 'b/1', 'c/1'];
const servers = Array.from({ length: 600 }, () => newId('server'));

describe('watcherOf', () => {
  it('is the same for all, in whatever order they are known', () => {
    for (const id of servers) expect(watcherOf(id, WORKERS)).toBe(watcherOf(id, [...WORKERS].reverse()));
    expect(watcherOf(servers[0] ?? newId('server'), [])).toBeUndefined();
  });

  it('gives each a share, and moves only the share of one that is gone', () => {
    const before = servers.map((id) => watcherOf(id, WORKERS));
    for (const worker of WORKERS) {
      expect(before.filter((one) => one === worker).length).toBeGreaterThan(servers.length / 6);
    }
    const left = WORKERS.slice(1);
    for (const [index, id] of servers.entries()) {
      if (before[index] !== WORKERS[0]) expect(watcherOf(id, left)).toBe(before[index]);
    }
  });
});
