import type { FleetSettings } from '@podex/contracts/internal/compute';
import type { ServerMonitor } from '../servers/server-monitor.ts';
import type { PlacementServer } from './place.ts';

/** A server as placement sees it: the operator’s decision first, then what this compute observed itself. */
export function placementServer(
  { record, health }: Pick<ServerMonitor, 'record' | 'health'>,
  settings: FleetSettings,
): PlacementServer {
  const observed = health.status === 'ready' && health.mustPass ? 'pending' : health.status;
  const isHeldBack = record.status === 'draining' || record.status === 'maintenance';
  return {
    id: record.id,
    name: record.name,
    status: isHeldBack && observed === 'ready' ? record.status : observed,
    reason: health.reason,
    architecture: health.facts?.architecture,
    totalCpu: record.total_cpu * settings.cpu_overcommit,
    totalMemoryMb: record.total_memory_mb * settings.memory_overcommit,
    reservedCpu: record.reserved_cpu,
    reservedMemoryMb: record.reserved_memory_mb,
    workspaces: record.workspaces,
  };
}
