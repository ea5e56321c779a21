import { newId } from '@podex/contracts/ids';
import { DEFAULT_SETTINGS } from '@podex/contracts/settings';
import { describe, expect, it } from 'vitest';
import { afterPreflight, cutOff, UNKNOWN_HEALTH } from '../servers/server-health.ts';
import { placementServer } from './placement-server.ts';

const record = {
  id: newId('server'),
  name: 'ws-1',
  hostname: 'ws-1',
  docker_port: 2376,
  tls_ca_path: null,
  tls_cert_path: null,
  tls_key_path: null,
  docker_socket: null,
  total_cpu: 8,
  total_memory_mb: 16_384,
  total_disk_gb: 100,
  status: 'ready' as const,
  workspaces: 0,
  reserved_cpu: 0,
  reserved_memory_mb: 0,
  version: 1,
};
const ready = afterPreflight(
  UNKNOWN_HEALTH,
  { outcome: 'ready', reason: null, checks: [], facts: null },
  1000,
);

describe('placementServer', () => {
  it('offers a server that has passed, as its operator wants it', () => {
    expect(placementServer({ record, health: ready }, DEFAULT_SETTINGS).status).toBe('ready');
    const draining = { ...record, status: 'draining' as const };
    expect(placementServer({ record: draining, health: ready }, DEFAULT_SETTINGS).status).toBe('draining');
  });

  it('offers none that was away and has not passed since, not even to what lives there', () => {
    for (const status of ['ready', 'draining'] as const) {
      const health = cutOff(ready);
      expect(placementServer({ record: { ...record, status }, health }, DEFAULT_SETTINGS).status).toBe(
        'pending',
      );
    }
  });
});
