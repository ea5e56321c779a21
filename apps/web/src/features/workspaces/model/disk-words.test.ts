import type { DiskUse } from '@podex/contracts/disk';
import { describe, expect, it } from 'vitest';
import { diskLine, diskNotice } from './disk-words.ts';

const GIGABYTE = 1_073_741_824;
const disk = (gigabytes: number, fields: Partial<DiskUse> = {}): DiskUse => ({
  is_limited: true,
  used_bytes: gigabytes * GIGABYTE,
  total_bytes: 10 * GIGABYTE,
  used_files: 1000,
  total_files: 655_360,
  ...fields,
});

describe('diskNotice', () => {
  it('says nothing below nine tenths', () => {
    expect(diskNotice(disk(8.9), 'small')).toBeUndefined();
  });

  it('tells what is short, and what helps', () => {
    expect(diskNotice(disk(9.2), 'small')).toEqual({
      tone: 'warning',
      title: 'Disk is nearly full',
      text: '9.2 of 10.0 GB used. Delete files you don’t need.',
    });
    expect(diskNotice(disk(9.95), 'medium')).toEqual({
      tone: 'danger',
      title: 'Disk is full',
      text: expect.stringMatching(/used\. It grows to 20 GB at the next start\.$/),
    });
    expect(diskNotice(disk(1, { used_files: 655_000 }), 'small')?.text).toMatch(
      /^655,000 of 655,360 files\. Delete/,
    );
    expect(diskNotice(disk(9.2, { is_limited: false }), 'small')?.text).toContain('by all workspaces');
  });
});

describe('diskLine', () => {
  it('is short, and tells that the disk grows', () => {
    expect(diskLine(disk(2.5), 'small')).toBe('Disk: 2.5 of 10.0 GB used');
    expect(diskLine(disk(2.5), 'medium')).toBe(
      'Disk: 2.5 of 10.0 GB used · grows to 20 GB at the next start',
    );
    expect(diskLine(disk(2.5, { is_limited: false }), 'small')).toBe('Server’s disk: 2.5 of 10.0 GB used');
  });
});
