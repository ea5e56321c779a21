import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { diskProblem, freeMegabytes, requireFreeDisk } from './disk.ts';

describe('the disk', () => {
  it('is asked for its free space', async () => {
    expect(await freeMegabytes(tmpdir())).toBeGreaterThan(0);
    await expect(requireFreeDisk(tmpdir(), 0)).resolves.toBeUndefined();
  });

  it('is refused when nearly full, with both figures', () => {
    expect(diskProblem('/var/lib/podex', { free: 200, needed: 1024 })?.message).toBe(
      'the disk of /var/lib/podex is nearly full: 200 MB are free, 1024 MB are needed',
    );
    expect(diskProblem('/var/lib/podex', { free: 1024, needed: 1024 })).toBeUndefined();
  });
});
