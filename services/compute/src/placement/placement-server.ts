import { CPU_OVERCOMMIT } from '@podex/contracts/servers';
import type { ServerMonitor } from '../servers/server-monitor.ts';
import type { PlacementServer } from './place.ts';

/** A server as placement sees it: the operator’s decision first, then what this compute observed itself. */
export function placementServer({
  record,
  health,
}: Pick<ServerMonitor, 'record' | 'health'>): PlacementServer {
  const observed = health.status === 'ready' && health.mustPass ? 'pending' : health.status;
  const isHeldBack = record.status === 'draining' || record.status === 'maintenance';
  return {
    id: record.id,
    name: record.name,
    status: isHeldBack && observed === 'ready' ? record.status : observed,
    reason: health.reason,
    architecture: health.facts?.architecture,
    totalCpu: record.usable_cpu * CPU_OVERCOMMIT,
    totalMemoryMb: record.usable_memory_mb,
    reservedCpu: record.reserved_cpu,
    reservedMemoryMb: record.reserved_memory_mb,
    workspaces: record.workspaces,
  };
}
