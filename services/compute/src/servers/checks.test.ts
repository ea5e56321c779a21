import { describe, expect, it } from 'vitest';
import { serverRecordOf } from '../../testing/builders.ts';
import { checkClientExpiry, checkServerExpiry } from './certificate-checks.ts';
import { fail, pass, reasonOf, warn } from './checks.ts';
import { checkCapacity, checkEngine } from './engine-checks.ts';
import { checkDisk, readDiskRoom } from './storage-checks.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-01-01T00:00:00Z');
const GB_KB = 1_048_576;

const info = {
  engineId: 'FIRST',
  dataRoot: '/var/lib/docker',
  engineVersion: '29.0.0',
  apiVersion: '1.52',
  kernelVersion: '6.8',
  operatingSystem: 'Debian',
  osType: 'linux',
  architecture: 'x86_64',
  cpus: 8,
  memoryMb: 16_384,
  cgroupVersion: '1' as const,
  liveRestore: true,
  clockSkewMs: 0,
  runtimes: {},
};

describe('the reason of a server', () => {
  it('is its first failure, else its first warning, else nothing', () => {
    const [good, worn, bad] = [pass('engine', 'fine'), warn('tls', 'soon'), fail('disk', 'full')];
    expect(reasonOf([good, worn, bad])).toBe('full');
    expect(reasonOf([good, worn])).toBe('soon');
    expect(reasonOf([good])).toBeNull();
  });
});

describe('a certificate', () => {
  const after = (ms: number) => new Date(NOW_MS + ms);

  it.each([
    [15 * DAY_MS, undefined, '(15 days)'],
    [14 * DAY_MS, undefined, '(14 days)'],
    [14 * DAY_MS - 1, true, '(13 days)'],
    [DAY_MS, true, '(1 day)'],
    [1, true, '(0 days)'],
  ])('that ends in %i ms has the warning %s', (ms, warning, words) => {
    for (const check of [
      checkClientExpiry('/c/cert.pem', after(ms), NOW_MS),
      checkServerExpiry({ host: 'ws-1', port: 2376 }, after(ms), NOW_MS),
    ]) {
      expect(check).toMatchObject({ ok: true, detail: expect.stringContaining(words) });
      expect(check.warning).toBe(warning);
    }
  });
});

describe('a certificate of a server that joined by itself', () => {
  it('is renewed by one command', () => {
    const check = (name?: string) =>
      checkServerExpiry({ host: '10.0.1.7', port: 2376 }, new Date(NOW_MS + DAY_MS), NOW_MS, name).detail;
    expect(check('ws-1')).toMatch(/Renew it: podex servers renew ws-1$/);
    expect(check()).toMatch(/restart its Docker engine\.$/);
  });
});

describe('an engine', () => {
  const tls = { tls_ca_path: '/ca', engine_id: 'FIRST' };
  const outcomeOf = (name: string, changes: object, fields: object = tls) =>
    checkEngine({ ...info, ...changes }, serverRecordOf(fields)).find((check) => check.name === name);

  it('is told from another by its id, which one beside compute may change', () => {
    expect(outcomeOf('engine_identity', {})?.ok).toBe(true);
    expect(outcomeOf('engine_identity', {}, { engine_id: null })?.ok).toBe(true);
    const other = outcomeOf('engine_identity', { engineId: 'SECOND' });
    expect(other).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/SECOND, and not FIRST\. Correct/),
    });
    const local = { docker_socket: '/run/docker.sock', engine_id: 'FIRST' };
    expect(outcomeOf('engine_identity', { engineId: 'SECOND' }, local)).toBeUndefined();
  });

  it('needs a version that works, and says which', () => {
    expect(outcomeOf('engine_version', { apiVersion: '1.41' })).toMatchObject({ ok: true });
    const old = outcomeOf('engine_version', { apiVersion: '1.40', engineVersion: '19.03' });
    expect(old).toMatchObject({
      ok: false,
      detail: expect.stringContaining('Install Docker 20.10 or later'),
    });
  });

  it.each([
    [1_999, true, undefined],
    [-2_001, true, true],
    [10_000, true, true],
    [-10_001, false, undefined],
  ])('whose clock is %i ms apart: ok %s, warning %s', (clockSkewMs, ok, warning) => {
    const clock = outcomeOf('clock', { clockSkewMs });
    expect([clock?.ok, clock?.warning]).toEqual([ok, warning]);
  });

  it('that has less than was registered is believed, with both figures', () => {
    const lying = serverRecordOf({ total_cpu: 64, total_memory_mb: 65_536, total_disk_gb: 500 });
    const check = checkCapacity(info, lying, 100);
    expect(check).toMatchObject({ ok: true, warning: true });
    expect(check.detail).toContain(
      'CPU: 64 registered, 8 there; memory: 65536 MB registered, 16384 MB there; disk: 500 GB registered, 100 GB there',
    );
    // What the kernel keeps for itself is no lie.
    const honest = serverRecordOf({ total_cpu: 8, total_memory_mb: 17_000, total_disk_gb: 500 });
    expect(checkCapacity(info, honest, undefined).warning).toBeUndefined();
  });
});

describe('a disk', () => {
  const room = (freeShare: number, inodesShare = 0.5, totalGb = 1000) => ({
    totalKb: totalGb * GB_KB,
    freeKb: totalGb * GB_KB * freeShare,
    totalInodes: 10_000,
    freeInodes: 10_000 * inodesShare,
  });

  it.each([
    ['half free', room(0.5), true, undefined],
    ['10 % free', room(0.1), true, undefined],
    ['9 % free', room(0.09), true, true],
    ['2 % free', room(0.02), true, true],
    ['1.9 % free', room(0.019), false, undefined],
    ['less than 1 GB free of 4', room(0.2, 0.5, 4), false, undefined],
    ['9 % of the inodes', room(0.5, 0.09), true, true],
    ['1 % of the inodes', room(0.5, 0.01), false, undefined],
    ['no inodes to count', { ...room(0.5), totalInodes: 0, freeInodes: 0 }, true, undefined],
    ['nothing that could be read', undefined, false, undefined],
  ])('with %s', (_, given, ok, warning) => {
    const check = checkDisk('/mnt/data', given);
    expect([check.ok, check.warning]).toEqual([ok, warning]);
    if (!ok || warning) expect(check.detail).toMatch(/\. (Remove|Check) /);
  });

  it('is read from df, also where it names no inodes', () => {
    expect(
      readDiskRoom('none 264212084 34730296 71660616 33% /s', 'none 16777216 717386 16059830 5% /s'),
    ).toEqual({ totalKb: 264_212_084, freeKb: 71_660_616, totalInodes: 16_777_216, freeInodes: 16_059_830 });
    expect(readDiskRoom('none 100 50 50 50% /s', 'none - - - - /s')).toMatchObject({ totalInodes: 0 });
    expect(readDiskRoom('df: /storage: Input/output error', '')).toBeUndefined();
    // A server may say anything.
    for (const lie of ['x -100 5 5', 'x 100 5 -5', 'x 100 5 500', 'x 1e300 5 500', 'x Infinity 5 5']) {
      expect(readDiskRoom(lie, '')).toBeUndefined();
    }
  });
});
