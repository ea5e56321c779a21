import { describe, expect, it } from 'vitest';
import { type DiskUse, diskStanding, diskText, growsTo } from './disk.ts';

const GIGABYTE = 1_073_741_824;
const disk = (fields: Partial<DiskUse> = {}): DiskUse => ({
  is_limited: true,
  used_bytes: 0,
  total_bytes: 1000,
  used_files: 0,
  total_files: 1000,
  ...fields,
});

describe('diskStanding', () => {
  it.each([
    [899, 0, 'ok', 'space'],
    [900, 0, 'nearly_full', 'space'],
    [989, 0, 'nearly_full', 'space'],
    [990, 0, 'full', 'space'],
    [0, 900, 'nearly_full', 'files'],
    [950, 1000, 'full', 'files'],
  ])('%d of 1000 bytes and %d of 1000 files', (used_bytes, used_files, standing, of) => {
    expect(diskStanding(disk({ used_bytes, used_files }))).toEqual({ standing, of });
  });

  it('knows disks that count no files', () => {
    expect(diskStanding(disk({ used_files: 5, total_files: 0 })).standing).toBe('ok');
  });
});

describe('growsTo', () => {
  it('tells of a disk that is smaller than its size', () => {
    const small = disk({ total_bytes: 9.8 * GIGABYTE });
    expect(growsTo(small, 'small')).toBeUndefined();
    expect(growsTo(small, 'medium')).toBe(20);
    expect(growsTo(disk({ total_bytes: 39 * GIGABYTE }), 'medium')).toBeUndefined();
    expect(growsTo({ ...small, is_limited: false }, 'medium')).toBeUndefined();
  });
});

it('diskText is for people', () => {
  expect(diskText(disk({ used_bytes: 2.34 * GIGABYTE, total_bytes: 9.78 * GIGABYTE }))).toBe(
    '2.3 of 9.8 GB used',
  );
});
