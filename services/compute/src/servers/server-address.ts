import type { ServerRecord } from '@podex/contracts/internal/compute';
import type { EngineAddress } from '../docker/address.ts';
import type { EngineIdentity } from '../docker/errors.ts';

/** Undefined for a server that is registered without TLS files: plain TCP is never used. */
export function identityOf(record: ServerRecord): EngineIdentity | undefined {
  const address = addressOf(record);
  return address === undefined ? undefined : { serverId: record.id, serverName: record.name, address };
}

function addressOf(record: ServerRecord): EngineAddress | undefined {
  if (record.docker_socket !== null) return { kind: 'socket', path: record.docker_socket };
  const { hostname: host, docker_port: port, tls_ca_path, tls_cert_path, tls_key_path } = record;
  if (tls_ca_path === null || tls_cert_path === null || tls_key_path === null) return undefined;
  return { kind: 'tls', host, port, caPath: tls_ca_path, certPath: tls_cert_path, keyPath: tls_key_path };
}
