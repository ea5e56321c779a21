import { PodexError } from '@podex/contracts/errors';
import type { ServerRecord } from '@podex/contracts/internal/compute';
import type { EngineAddress } from '../docker/address.ts';
import type { Engine } from '../docker/engine.ts';
import type { EngineIdentity } from '../docker/errors.ts';
import { SingleFlight } from '../waiting/single-flight.ts';

export type OpenEngine = (identity: EngineIdentity) => Promise<Engine>;

/** The engine of a server as it is registered now; opened when first needed, and again after `reset`. */
export class ServerConnection {
  #record: ServerRecord;
  #engine: Engine | undefined;
  #isClosed = false;
  readonly #openEngine: OpenEngine;
  readonly #opening = new SingleFlight<'engine', Engine>();

  constructor(record: ServerRecord, openEngine: OpenEngine) {
    this.#record = record;
    this.#openEngine = openEngine;
  }

  /** @throws PodexError server_unreachable when there are no usable certificates. */
  async open(): Promise<Engine> {
    return this.#engine ?? this.#opening.run('engine', () => this.#openOnce());
  }

  /** A changed address closes the connections to the former one. */
  update(record: ServerRecord): void {
    const before = JSON.stringify(addressOf(this.#record) ?? null);
    this.#record = record;
    if (before !== JSON.stringify(addressOf(record) ?? null)) this.reset();
  }

  /** The next call reads the certificates again and uses no connection that may be dead. */
  reset(): void {
    this.#engine?.close();
    this.#engine = undefined;
  }

  close(): void {
    this.#isClosed = true;
    this.reset();
  }

  async #openOnce(): Promise<Engine> {
    const address = addressOf(this.#record);
    const { id, name } = this.#record;
    if (address === undefined) {
      throw new PodexError(
        'server_unreachable',
        `The server ${name} is registered without TLS files, and plain TCP is never used. Register CA, certificate and key.`,
        { server_id: id },
      );
    }
    const engine = await this.#openEngine({ serverId: id, serverName: name, address });
    if (this.#isClosed) engine.close();
    else this.#engine = engine;
    return engine;
  }
}

function addressOf(record: ServerRecord): EngineAddress | undefined {
  if (record.docker_socket !== null) return { kind: 'socket', path: record.docker_socket };
  const { hostname: host, docker_port: port, tls_ca_path, tls_cert_path, tls_key_path } = record;
  if (tls_ca_path === null || tls_cert_path === null || tls_key_path === null) return undefined;
  return { kind: 'tls', host, port, caPath: tls_ca_path, certPath: tls_cert_path, keyPath: tls_key_path };
}
