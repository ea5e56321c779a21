import type { EventBody } from '@podex/contracts/events';
import type { ServerRecord } from '@podex/contracts/internal/compute';
import type { Server, ServerStatus } from '@podex/contracts/servers';
import type { ServerRow } from './server-store.ts';

/** What an operator has set stands above what compute sees. */
export function shownServerStatus(row: Pick<ServerRow, 'admin_status' | 'observed_status'>): ServerStatus {
  return row.admin_status === 'active' ? row.observed_status : row.admin_status;
}

export function presentServer(row: ServerRow): Server {
  const { docker_socket: _socket, version: _version, engine_id: _engine, ...record } = toServerRecord(row);
  return {
    ...record,
    reason: row.reason,
    checks: row.checks,
    progress: row.progress,
    facts: row.facts,
    drain: row.drain,
    last_seen_at: row.last_seen_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  };
}

export function toServerRecord(row: ServerRow): Omit<ServerRecord, 'leftovers'> {
  return {
    id: row.id,
    name: row.name,
    hostname: row.hostname,
    docker_port: row.docker_port,
    tls_ca_path: row.tls_ca_path,
    tls_cert_path: row.tls_cert_path,
    tls_key_path: row.tls_key_path,
    enrolled: row.enrolled_at !== null,
    docker_socket: row.docker_socket,
    version: row.version,
    total_cpu: row.total_cpu,
    total_memory_mb: row.total_memory_mb,
    total_disk_gb: row.total_disk_gb,
    ...usableSizes(row),
    labels: row.labels,
    region: row.region,
    engine_id: row.engine_id,
    status: shownServerStatus(row),
    workspaces: row.workspaces,
    reserved_cpu: row.reserved_cpu,
    reserved_memory_mb: row.reserved_memory_mb,
    reserved_disk_gb: row.reserved_disk_gb,
  };
}

/** What may be promised: never more than the engine says there is, whatever was registered. */
export function usableSizes(
  row: Pick<ServerRow, 'total_cpu' | 'total_memory_mb' | 'total_disk_gb' | 'facts'>,
): Pick<Server, 'usable_cpu' | 'usable_memory_mb' | 'usable_disk_gb'> {
  return {
    usable_cpu: Math.min(row.total_cpu, row.facts?.cpus ?? Infinity),
    usable_memory_mb: Math.min(row.total_memory_mb, row.facts?.memory_mb ?? Infinity),
    usable_disk_gb: Math.min(row.total_disk_gb, row.facts?.disk_total_gb ?? Infinity),
  };
}

export function serverChanged(row: ServerRow): EventBody {
  return {
    type: 'server.changed',
    server_id: row.id,
    status: shownServerStatus(row),
    reason: row.reason,
  };
}
