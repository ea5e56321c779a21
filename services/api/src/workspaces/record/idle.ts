/** People are warned so long before, or at half time when the timeout is shorter than twice that. */
export const WARNING_LEAD_SECONDS = 300;

/** What is known of the use of a workspace that runs. */
export interface IdleFacts {
  now: Date;
  lastUseAt: Date;
  /** Null: it is never stopped for being idle. */
  timeoutSeconds: number | null;
  /** Null: it is never paused for being idle, or is paused already. */
  pauseAfterSeconds: number | null;
  keepAliveUntil: Date | null;
  /** Said with the warning of this idle period; null: nobody was warned. */
  warnedStopsAt: Date | null;
  /** Something runs in it for a person, as its daemon says. */
  isInUse: boolean;
  /** A turn of the agent waits for a worker or runs. */
  hasRunningTurn: boolean;
  /** When its last turn ended, or began to wait for a person. */
  lastTurnAt: Date | null;
}

export type IdleStep =
  | { kind: 'nothing' }
  /** It was used later than was known. */
  | { kind: 'used'; at: Date }
  | { kind: 'warn'; stopsAt: Date }
  /** It may rest longer than it was warned of. */
  | { kind: 'forget_warning' }
  | { kind: 'pause' }
  | { kind: 'stop' };

/** How long before its stop people are warned. */
export function warningLeadSeconds(timeoutSeconds: number): number {
  return Math.min(WARNING_LEAD_SECONDS, timeoutSeconds / 2);
}

/** Never stops what is in use, nor what was not warned of a full lead before. */
export function nextIdleStep(facts: IdleFacts): IdleStep {
  const { now, lastUseAt, lastTurnAt } = facts;
  if (facts.isInUse || facts.hasRunningTurn) return { kind: 'used', at: now };
  if (lastTurnAt !== null && lastTurnAt > lastUseAt) return { kind: 'used', at: lastTurnAt };
  const step = nextStopStep(facts);
  return step.kind === 'nothing' && isPauseDue(facts) ? { kind: 'pause' } : step;
}

function isPauseDue(facts: IdleFacts): boolean {
  const { now, lastUseAt, pauseAfterSeconds, keepAliveUntil, warnedStopsAt } = facts;
  if (pauseAfterSeconds === null || warnedStopsAt !== null) return false;
  const dueMs = Math.max(lastUseAt.getTime() + pauseAfterSeconds * 1000, keepAliveUntil?.getTime() ?? 0);
  return now.getTime() >= dueMs;
}

function nextStopStep({
  now,
  lastUseAt,
  timeoutSeconds,
  warnedStopsAt,
  keepAliveUntil,
}: IdleFacts): IdleStep {
  if (timeoutSeconds === null)
    return warnedStopsAt === null ? { kind: 'nothing' } : { kind: 'forget_warning' };
  const leadMs = warningLeadSeconds(timeoutSeconds) * 1000;
  const dueMs = Math.max(lastUseAt.getTime() + timeoutSeconds * 1000, keepAliveUntil?.getTime() ?? 0);
  const isNear = now.getTime() >= dueMs - leadMs;
  if (warnedStopsAt === null) {
    if (!isNear) return { kind: 'nothing' };
    return { kind: 'warn', stopsAt: new Date(Math.max(dueMs, now.getTime() + leadMs)) };
  }
  if (!isNear) return { kind: 'forget_warning' };
  return now.getTime() >= Math.max(dueMs, warnedStopsAt.getTime()) ? { kind: 'stop' } : { kind: 'nothing' };
}

/** What its owner reads of one that was paused. */
export function idlePauseReason(pauseAfterSeconds: number): string {
  return `Paused after ${durationText(pauseAfterSeconds)} without use. It goes on where it was at its next use.`;
}

/** What its owner reads of one that was stopped. */
export function idleStopReason(timeoutSeconds: number): string {
  return `Stopped after ${durationText(timeoutSeconds)} without use. Start it, and its files and packages are there.`;
}

function durationText(seconds: number): string {
  const units = [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ] as const;
  const [name, size] = units.find(([, unit]) => seconds >= unit && seconds % unit === 0) ?? ['second', 1];
  const count = seconds / size;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
