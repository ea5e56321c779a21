/** Where a Docker engine listens: a unix socket beside compute, or TCP with mutual TLS. Plain TCP does not exist here. */
export type EngineAddress =
  | { kind: 'socket'; path: string }
  | { kind: 'tls'; host: string; port: number; caPath: string; certPath: string; keyPath: string };

/** For messages and logs. */
export function describeAddress(address: EngineAddress): string {
  return address.kind === 'socket' ? `unix://${address.path}` : `${address.host}:${address.port}`;
}
