import type { CheckpointRecord } from './checkpoint-records.ts';

/** All of the newest stay. */
const NEWEST_KEPT = 50;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Which checkpoints go: of those behind the newest fifty the agent’s and those of restores are thinned to one an hour, and after a day
 * to one a day; beyond `max` the oldest go, those first that no person made.
 *
 * @param records the newest first.
 */
export function chooseSurplus(
  records: readonly CheckpointRecord[],
  max: number,
  nowMs: number,
): CheckpointRecord[] {
  const seen = new Set<string>();
  const surplus = records.slice(NEWEST_KEPT).filter((record) => {
    if (isMadeByPerson(record)) return false;
    const period = periodOf(record, nowMs);
    if (seen.has(period)) return true;
    seen.add(period);
    return false;
  });
  const kept = records.filter((record) => !surplus.includes(record));
  return [...surplus, ...oldestFirst(kept).slice(0, Math.max(0, kept.length - max))];
}

/** The order in which they make room. The newest never does. */
export function oldestFirst(records: readonly CheckpointRecord[]): CheckpointRecord[] {
  const older = records.slice(1).reverse();
  return [...older.filter((record) => !isMadeByPerson(record)), ...older.filter(isMadeByPerson)];
}

function isMadeByPerson({ checkpoint }: CheckpointRecord): boolean {
  return checkpoint.origin === 'person';
}

function periodOf({ checkpoint }: CheckpointRecord, nowMs: number): string {
  const madeAt = Date.parse(checkpoint.created_at);
  const lengthMs = nowMs - madeAt < DAY_MS ? HOUR_MS : DAY_MS;
  return `${checkpoint.path} ${lengthMs} ${Math.floor(madeAt / lengthMs)}`;
}
