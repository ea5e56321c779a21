import type { ServerRecord } from '@podex/contracts/internal/compute';
import type { ServerCheck } from '@podex/contracts/servers';
import { countOf } from '@podex/contracts/text';
import { type EngineIdentity, unreachable } from '../docker/errors.ts';
import { readTlsFiles, type TlsAddress } from '../docker/tls-files.ts';
import { probeServerTls } from '../docker/tls-probe.ts';
import { fail, pass, warn } from './checks.ts';

const DAY_MS = 86_400_000;
const WARN_BEFORE_DAYS = 14;

/** When the certificates of a connection end, as far as they could be read. */
export interface CertificateDates {
  client?: Date;
  server?: Date;
}

export interface CertificateReport {
  checks: ServerCheck[];
  dates: CertificateDates;
}

/** Looks at our certificate on compute’s disk and at the one that the server shows. */
export async function checkCertificates(
  identity: EngineIdentity & { address: TlsAddress },
  { enrolled, name }: Pick<ServerRecord, 'enrolled' | 'name'>,
  signal: AbortSignal,
): Promise<CertificateReport> {
  const nowMs = Date.now();
  const dates: CertificateDates = {};
  const checks: ServerCheck[] = [];
  try {
    dates.client = (await readTlsFiles(identity.address, nowMs)).clientExpiresAt;
    checks.push(checkClientExpiry(identity.address.certPath, dates.client, nowMs));
  } catch (error) {
    checks.push(fail('client_certificate', unreachable(error, identity).message));
    return { checks, dates };
  }
  try {
    dates.server = (await probeServerTls(identity, signal)).expiresAt;
    checks.push(checkServerExpiry(identity.address, dates.server, nowMs, enrolled ? name : undefined));
  } catch (error) {
    signal.throwIfAborted();
    checks.push(fail('tls', error instanceof Error ? error.message : String(error)));
  }
  return { checks, dates };
}

/** @internal Exported for its test. */
export function checkClientExpiry(path: string, expiresAt: Date, nowMs: number): ServerCheck {
  const detail = `Our certificate ${path} matches its key and is valid until ${describeLeft(expiresAt, nowMs)}.`;
  return expiresSoon(expiresAt, nowMs)
    ? warn('client_certificate', `${detail} Put a new certificate and key in place; no restart is needed.`)
    : pass('client_certificate', detail);
}

/** @internal Exported for its test. */
export function checkServerExpiry(
  { host, port }: Pick<TlsAddress, 'host' | 'port'>,
  expiresAt: Date,
  nowMs: number,
  enrolledName?: string,
): ServerCheck {
  const detail = `The certificate of ${host}:${port} is of the registered CA, names ${host} and is valid until ${describeLeft(expiresAt, nowMs)}.`;
  return expiresSoon(expiresAt, nowMs)
    ? warn('tls', `${detail} ${renewalOf(enrolledName)}`)
    : pass('tls', detail);
}

function renewalOf(enrolledName: string | undefined): string {
  return enrolledName === undefined
    ? 'Renew it on the server and restart its Docker engine.'
    : `Renew it: podex servers renew ${enrolledName}`;
}

export function expiresSoon(expiresAt: Date, nowMs: number): boolean {
  return daysLeft(expiresAt, nowMs) < WARN_BEFORE_DAYS;
}

function daysLeft(expiresAt: Date, nowMs: number): number {
  return Math.floor((expiresAt.getTime() - nowMs) / DAY_MS);
}

function describeLeft(expiresAt: Date, nowMs: number): string {
  return `${expiresAt.toISOString().slice(0, 10)} (${countOf(daysLeft(expiresAt, nowMs), 'day')})`;
}
