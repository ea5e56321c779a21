import { CPU_OVERCOMMIT } from '@podex/contracts/servers';
import { describe, expect, it } from 'vitest';
import { serverRecordOf } from '../../testing/builders.ts';
import { afterPreflight, cutOff, UNKNOWN_HEALTH } from '../servers/server-health.ts';
import { placementServer } from './placement-server.ts';

const record = serverRecordOf({ status: 'ready' });
const ready = afterPreflight(
  UNKNOWN_HEALTH,
  { outcome: 'ready', reason: null, checks: [], facts: null },
  1000,
);

describe('placementServer', () => {
  it('promises no more than the engine says there is', () => {
    const lying = serverRecordOf({ total_cpu: 64, usable_cpu: 8, usable_memory_mb: 4096 });
    expect(placementServer({ record: lying, health: ready })).toMatchObject({
      totalCpu: 8 * CPU_OVERCOMMIT,
      totalMemoryMb: 4096,
    });
  });

  it('offers a server that has passed, as its operator wants it', () => {
    expect(placementServer({ record, health: ready }).status).toBe('ready');
    const draining = { ...record, status: 'draining' as const };
    expect(placementServer({ record: draining, health: ready }).status).toBe('draining');
  });

  it('offers none that was away and has not passed since, not even to what lives there', () => {
    for (const status of ['ready', 'draining'] as const) {
      const health = cutOff(ready);
      expect(placementServer({ record: { ...record, status }, health }).status).toBe('pending');
    }
  });
});
