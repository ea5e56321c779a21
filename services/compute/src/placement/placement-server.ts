import type { ServerId } from '@podex/contracts/ids';
import type { FleetSettings } from '@podex/contracts/internal/compute';
import { promisedSizes } from '@podex/contracts/placement';
import type { ServerMonitor } from '../servers/server-monitor.ts';
import type { PlacementServer } from './placement.ts';

/** A server as placement sees it: the operator’s decision first, then what this compute observed itself. */
export function placementServer(
  { record, health }: Pick<ServerMonitor, 'record' | 'health'>,
  { settings, hasImage }: { settings: FleetSettings; hasImage: (server: ServerId, image: string) => boolean },
): PlacementServer {
  const observed = health.status === 'ready' && health.mustPass ? 'pending' : health.status;
  const isHeldBack = record.status === 'draining' || record.status === 'maintenance';
  const promised = promisedSizes(record, settings);
  return {
    id: record.id,
    name: record.name,
    status: isHeldBack && observed === 'ready' ? record.status : observed,
    reason: health.reason,
    architecture: health.facts?.architecture,
    totalCpu: promised.cpu,
    totalMemoryMb: promised.memory_mb,
    totalDiskGb: promised.disk_gb,
    reservedCpu: record.reserved_cpu,
    reservedMemoryMb: record.reserved_memory_mb,
    reservedDiskGb: record.reserved_disk_gb,
    workspaces: record.workspaces,
    labels: record.labels,
    region: record.region,
    hasImage: (image) => hasImage(record.id, image),
  };
}
