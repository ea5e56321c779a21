import { isSameVersion } from '@podex/contracts/file-versions';
import { describe, expect, it } from 'vitest';
import { includesEtag } from './conditions.ts';
import { etagOf, modifiedAtOf } from './etag.ts';

const STATS = { size: 5n, mtimeNs: 1_700_000_000_000_000_000n, ctimeNs: 1_700_000_000_000_000_001n, ino: 7n };
const etag = etagOf(STATS);
/** As a process made it that ran before this one. */
const earlier = (stats: typeof STATS) => etagOf(stats).replace(/\.[\da-f]{8}"$/, '.00000000"');

describe('an etag', () => {
  it.each([
    ['size', { ...STATS, size: 6n }],
    ['modification time', { ...STATS, mtimeNs: STATS.mtimeNs + 1n }],
    ['change time', { ...STATS, ctimeNs: STATS.ctimeNs + 1n }],
    ['inode, where a file took the place of another within one tick of the clock', { ...STATS, ino: 8n }],
  ])('changes with the %s', (_what, stats) => {
    expect(isSameVersion(etag, etagOf(stats))).toBe(false);
    expect(includesEtag(`"x", W/${etag}`, etagOf(stats))).toBe(false);
    expect(includesEtag(`"x", W/${etag}`, etag)).toBe(true);
  });

  it('stays the same where a restart has given the inode another number, and nowhere else', () => {
    expect(isSameVersion(earlier({ ...STATS, ino: 8n }), etag)).toBe(true);
    expect(isSameVersion(earlier({ ...STATS, ctimeNs: 1n }), etag)).toBe(false);
  });

  it('of others is compared as it is, and has no date', () => {
    expect([isSameVersion('"a"', '"a"'), isSameVersion('"a"', etag)]).toEqual([true, false]);
    expect([modifiedAtOf('"a"'), modifiedAtOf(etag)]).toEqual([undefined, '2023-11-14T22:13:20.000Z']);
  });

  it('tells of times before 1970 too', () => {
    const old = { ...STATS, mtimeNs: -1_000_000_000n };
    expect(isSameVersion(earlier(old), etagOf(old))).toBe(true);
    expect(modifiedAtOf(etagOf(old))).toBe('1969-12-31T23:59:59.000Z');
  });
});
