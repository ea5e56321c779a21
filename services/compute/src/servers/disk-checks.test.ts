import { describe, expect, it } from 'vitest';
import { checkDiskLimits, quotaFact } from './disk-checks.ts';

const NONE = {
  driver: 'none',
  canMount: true,
  limitsSystem: false,
  reason: 'mkfs.ext4 is not installed',
} as const;
const LOOP = { driver: 'loop', canMount: true, limitsSystem: false, reason: '' } as const;
const NO_HELPER = {
  driver: 'none',
  canMount: false,
  limitsSystem: false,
  reason: 'nsenter is not there',
} as const;

describe('checkDiskLimits', () => {
  it('passes a server that holds workspaces to their size, and names how', () => {
    for (const limits of ['auto', 'required'] as const) {
      const check = checkDiskLimits(LOOP, { limits, disks: 0 });
      expect(check).toEqual({ name: 'quota', ok: true, detail: expect.stringContaining('loop device') });
    }
    const whole = checkDiskLimits({ ...LOOP, limitsSystem: true }, { limits: 'auto', disks: 0 });
    expect(whole.detail).toContain('installs in its system, too.');
    expect(quotaFact(LOOP)).toMatch(/^loop: /);
  });

  it('warns of one that cannot, with cause and cure, and refuses it where limits are required', () => {
    const warned = checkDiskLimits(NONE, { limits: 'auto', disks: 0 });
    expect(warned).toMatchObject({ ok: true, warning: true });
    expect(warned.detail).toMatch(/mkfs\.ext4 is not installed\. Install e2fsprogs/);
    expect(checkDiskLimits(NONE, { limits: 'required', disks: 0 })).toMatchObject({ ok: false });
    expect(quotaFact(NONE)).toMatch(/^none: /);
  });

  it('refuses one on which disks are that cannot be mounted, whatever is set', () => {
    for (const limits of ['auto', 'required', 'off'] as const) {
      const check = checkDiskLimits(NO_HELPER, { limits, disks: 3 });
      expect(check).toMatchObject({ ok: false, detail: expect.stringContaining('disks of 3 workspaces') });
    }
    expect(checkDiskLimits(NO_HELPER, { limits: 'auto', disks: 0 })).toMatchObject({ ok: true });
  });

  it('says that limits are switched off, and what was not tried', () => {
    expect(checkDiskLimits(LOOP, { limits: 'off', disks: 0 }).detail).toContain('Switched off');
    expect(checkDiskLimits(undefined, { limits: 'auto', disks: 0 })).toMatchObject({ ok: false });
  });
});
