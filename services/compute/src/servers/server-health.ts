import type { ServerCheck, ServerFacts } from '@podex/contracts/servers';
import type { CertificateDates } from './certificate-checks.ts';

/** Pings that may fail in a row before a server counts as unreachable. */
export const MAX_FAILED_PINGS = 3;
/** A healthy server is looked over again now and then: a runtime can be unregistered, a disk can become read-only. */
const READY_CHECK_EVERY_MS = 600_000;
/** An unfit one more often: the person who repairs it waits. */
const UNFIT_CHECK_EVERY_MS = 30_000;
/** While its image is pulled: people watch how far it has come. */
const PULLING_CHECK_EVERY_MS = 3_000;

/** What a preflight found. */
export interface PreflightReport {
  outcome: 'ready' | 'unfit' | 'unreachable';
  /** Cause and cure; null when it is ready. */
  reason: string | null;
  checks: ServerCheck[];
  facts: ServerFacts | null;
  /** Of the TLS connection, as far as they could be read. */
  certificates?: CertificateDates;
  isPulling?: boolean;
}

/** What this compute knows of a server. `pending`: nothing yet. */
export interface ServerHealth {
  status: 'pending' | PreflightReport['outcome'];
  reason: string | null;
  checks: ServerCheck[];
  facts: ServerFacts | null;
  certificates: CertificateDates;
  isPulling: boolean;
  failedPings: number;
  /** It was away, if only for a moment: it may have started again, without the rules around workspaces. Nothing starts before it has passed. */
  mustPass: boolean;
  /** When the last preflight ended that reached the engine; undefined asks for a new one. */
  checkedAtMs: number | undefined;
}

export const UNKNOWN_HEALTH: ServerHealth = {
  status: 'pending',
  reason: null,
  checks: [],
  facts: null,
  certificates: {},
  isPulling: false,
  failedPings: 0,
  mustPass: true,
  checkedAtMs: undefined,
};

/** A server that responds again after it did not must pass its preflight before anything starts there. */
export function afterPing(health: ServerHealth, failure: string | undefined): ServerHealth {
  if (failure === undefined) {
    return { ...health, failedPings: 0, checkedAtMs: health.mustPass ? undefined : health.checkedAtMs };
  }
  const failedPings = health.failedPings + 1;
  if (failedPings < MAX_FAILED_PINGS && health.status !== 'unreachable')
    return { ...health, failedPings, mustPass: true };
  return { ...health, failedPings, mustPass: true, status: 'unreachable', reason: failure };
}

/** A server that was ready and is not reached once is given the same patience as with pings. */
export function afterPreflight(health: ServerHealth, report: PreflightReport, nowMs: number): ServerHealth {
  if (report.outcome === 'unreachable' && health.status === 'ready') {
    return afterPing(health, report.reason ?? 'it did not respond');
  }
  const isReached = report.outcome !== 'unreachable';
  return {
    status: report.outcome,
    reason: report.reason,
    checks: report.checks,
    facts: report.facts ?? health.facts,
    certificates: { ...health.certificates, ...report.certificates },
    isPulling: report.isPulling ?? false,
    mustPass: !isReached,
    failedPings: isReached ? 0 : Math.max(health.failedPings + 1, MAX_FAILED_PINGS),
    checkedAtMs: isReached ? nowMs : undefined,
  };
}

/** What to ask the server next. */
export function nextProbe(health: ServerHealth, nowMs: number): 'ping' | 'preflight' {
  if (health.status === 'unreachable' && health.failedPings > 0) return 'ping';
  if (health.checkedAtMs === undefined) return 'preflight';
  return nowMs - health.checkedAtMs >= checkEveryMs(health) ? 'preflight' : 'ping';
}

function checkEveryMs({ status, isPulling }: ServerHealth): number {
  if (isPulling) return PULLING_CHECK_EVERY_MS;
  return status === 'unfit' ? UNFIT_CHECK_EVERY_MS : READY_CHECK_EVERY_MS;
}

/** A connection that was open to it has ended: its engine may have, or the whole machine. */
export function cutOff(health: ServerHealth): ServerHealth {
  return { ...health, mustPass: true, checkedAtMs: undefined };
}

/** The same registration was changed, or a person asked: what is known is doubted, but not forgotten. */
export function doubt(health: ServerHealth): ServerHealth {
  // One that was given up is looked at whole; one that is not yet has only so many tries.
  const failedPings = health.status === 'unreachable' ? 0 : health.failedPings;
  return { ...health, checkedAtMs: undefined, failedPings };
}
