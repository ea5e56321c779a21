import type { Logger } from '@podex/service-kit/logger';
import type { CertificateDates } from './certificate-checks.ts';
import { expiresSoon } from './certificate-checks.ts';
import type { ServerConnection } from './server-connection.ts';

/** Files that are being replaced do not fit together for a moment. */
const UNUSABLE_LOOKS = 2;

export interface CertificateExpiry {
  server: string;
  side: 'client' | 'server';
  expiresAt: Date;
}

/** Notices TLS files that were replaced on compute’s disk, and certificates that will not last. */
export class CertificateWatch {
  readonly #connection: ServerConnection;
  readonly #logger: Logger;
  readonly #told = new Set<string>();
  #unusableLooks = 0;

  constructor(connection: ServerConnection, logger: Logger) {
    this.#connection = connection;
    this.#logger = logger;
  }

  /** Whether the server is to be checked because of its files: they are others, or have become unusable. */
  async haveChanged(): Promise<boolean> {
    const files = await this.#connection.followFiles();
    this.#unusableLooks = files === 'unusable' ? this.#unusableLooks + 1 : 0;
    if (files === 'changed') this.#logger.info('server.certificates_changed');
    return files === 'changed' || this.#unusableLooks === UNUSABLE_LOOKS;
  }

  /** Once for each certificate. */
  warnOfExpiry(dates: CertificateDates): void {
    for (const side of ['client', 'server'] as const) {
      const expiresAt = dates[side];
      if (expiresAt === undefined || !expiresSoon(expiresAt, Date.now())) continue;
      const certificate = { side, expires_at: expiresAt.toISOString() };
      const key = JSON.stringify(certificate);
      if (this.#told.has(key)) continue;
      this.#told.add(key);
      this.#logger.warn(certificate, 'server.certificate_expires');
    }
  }
}

export function expiriesOf(server: {
  record: { name: string };
  health: { certificates: CertificateDates };
}): CertificateExpiry[] {
  const { client, server: own } = server.health.certificates;
  const { name } = server.record;
  return [
    ...(client === undefined ? [] : [{ server: name, side: 'client' as const, expiresAt: client }]),
    ...(own === undefined ? [] : [{ server: name, side: 'server' as const, expiresAt: own }]),
  ];
}
