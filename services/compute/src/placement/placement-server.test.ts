import { DEFAULT_SETTINGS } from '@podex/contracts/settings';
import { describe, expect, it } from 'vitest';
import { serverRecordOf } from '../../testing/builders.ts';
import { afterPreflight, cutOff, UNKNOWN_HEALTH } from '../servers/server-health.ts';
import { placementServer } from './placement-server.ts';

const record = serverRecordOf({ status: 'ready', reserved_disk_gb: 30 });
const KNOWN = { settings: DEFAULT_SETTINGS, hasImage: () => false };
const ready = afterPreflight(
  UNKNOWN_HEALTH,
  { outcome: 'ready', reason: null, checks: [], facts: null },
  1000,
);

describe('placementServer', () => {
  it('promises no more than the engine says there is', () => {
    const lying = serverRecordOf({ total_cpu: 64, usable_cpu: 8, usable_memory_mb: 4096 });
    expect(placementServer({ record: lying, health: ready }, KNOWN)).toMatchObject({
      totalCpu: 8 * DEFAULT_SETTINGS.cpu_overcommit,
      totalMemoryMb: 4096,
    });
  });

  it('offers a server that has passed, as its operator wants it', () => {
    expect(placementServer({ record, health: ready }, KNOWN).status).toBe('ready');
    const draining = { ...record, status: 'draining' as const };
    expect(placementServer({ record: draining, health: ready }, KNOWN).status).toBe('draining');
  });

  it('offers none that was away and has not passed since, not even to what lives there', () => {
    for (const status of ['ready', 'draining'] as const) {
      const health = cutOff(ready);
      expect(placementServer({ record: { ...record, status }, health }, KNOWN).status).toBe('pending');
    }
  });

  it('promises as much of it as the settings say', () => {
    const settings = { ...DEFAULT_SETTINGS, cpu_overcommit: 2, memory_overcommit: 1.5, disk_overcommit: 3 };
    expect(placementServer({ record, health: ready }, { ...KNOWN, settings })).toMatchObject({
      totalCpu: 128,
      totalMemoryMb: 393_216,
      totalDiskGb: 300,
      reservedDiskGb: 30,
    });
  });
});
