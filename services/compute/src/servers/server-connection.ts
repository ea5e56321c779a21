import { PodexError } from '@podex/contracts/errors';
import type { ServerRecord } from '@podex/contracts/internal/compute';
import { CircuitBreaker } from '../docker/circuit-breaker.ts';
import type { Engine } from '../docker/engine.ts';
import type { EngineIdentity } from '../docker/errors.ts';
import { fingerprintTlsFiles } from '../docker/tls-files.ts';
import { SingleFlight } from '../waiting/single-flight.ts';
import { identityOf } from './server-address.ts';

export type OpenEngine = (identity: EngineIdentity, breaker?: CircuitBreaker) => Promise<Engine>;

/** The engine of a server as it is registered now; opened when first needed, and again after `reset`. */
export class ServerConnection {
  /** Of all connections to it, one after the other. */
  readonly breaker = new CircuitBreaker();
  #record: ServerRecord;
  #engine: Engine | undefined;
  /** Of the TLS files that the engine was opened with. */
  #fingerprint: string | undefined;
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
    const before = addressText(this.#record);
    this.#record = record;
    if (before === addressText(record)) return;
    this.reset();
    this.breaker.reset();
  }

  /**
   * Reads the TLS files again and, when they are others, opens with them. Calls that run end over the former connection; what comes next
   * uses the new one.
   *
   * @returns `unusable` when they are others and do not fit together, as while they are being replaced: the former connection stays.
   */
  async followFiles(): Promise<'same' | 'changed' | 'unusable'> {
    const former = this.#engine;
    const identity = identityOf(this.#record);
    if (former === undefined || identity?.address.kind !== 'tls') return 'same';
    const fingerprint = await fingerprintTlsFiles(identity.address);
    if (fingerprint === this.#fingerprint) return 'same';
    if (fingerprint === undefined) return 'unusable';
    let engine: Engine;
    try {
      engine = await this.#openEngine(identity, this.breaker);
    } catch {
      return 'unusable';
    }
    if (this.#isClosed || this.#engine !== former) {
      engine.close();
      return 'same';
    }
    former.retire();
    this.breaker.endPause();
    this.#engine = engine;
    this.#fingerprint = fingerprint;
    return 'changed';
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
    const identity = identityOf(this.#record);
    const { id, name } = this.#record;
    if (identity === undefined) {
      throw new PodexError(
        'server_unreachable',
        `The server ${name} is registered without TLS files, and plain TCP is never used. Register CA, certificate and key.`,
        { server_id: id },
      );
    }
    const { address } = identity;
    // Before they are used: what changes in between is seen as a change.
    const fingerprint = address.kind === 'tls' ? await fingerprintTlsFiles(address) : undefined;
    const engine = await this.#openEngine(identity, this.breaker);
    if (this.#isClosed) engine.close();
    else this.#engine = engine;
    this.#fingerprint = fingerprint;
    return engine;
  }
}

function addressText(record: ServerRecord): string {
  return JSON.stringify(identityOf(record)?.address ?? null);
}
