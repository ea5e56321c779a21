import { type PoolWindow, parsePoolWindow } from '@podex/contracts/pool-schedule';
import type { SettingValues } from '@podex/contracts/settings';

const MINUTE_MS = 60_000;
/** All clocks of the world differ by whole quarters of an hour, and change at one. */
const QUARTER_MINUTES = 15;
/** A schedule is one of a week; a day more for a clock that was changed. */
const LOOK_AHEAD_MINUTES = 8 * 24 * 60;
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const clocks = new Map<string, Intl.DateTimeFormat>();

export interface SizeNow {
  wanted: number;
  /** The line of the schedule that says so; null where none holds. */
  scheduled_by: string | null;
}

/**
 * How many slots are wanted at this moment: by the first line of the schedule that holds, else by the setting, else by the variable.
 * Lines are compared with what the clock there shows: an hour that the clock skips has no moment, one that it shows twice counts twice.
 */
export function sizeNow(
  values: Pick<SettingValues, 'warm_pool_size' | 'warm_pool_schedule'>,
  variable: number,
  now: Date,
): SizeNow {
  for (const line of values.warm_pool_schedule) {
    const window = parsePoolWindow(line);
    if (typeof window !== 'string' && holds(window, now)) return { wanted: window.slots, scheduled_by: line };
  }
  return { wanted: values.warm_pool_size ?? variable, scheduled_by: null };
}

/** The next moment at which the schedule wants another number of slots than now; null when there is none. */
export function nextChange(
  values: Pick<SettingValues, 'warm_pool_size' | 'warm_pool_schedule'>,
  variable: number,
  now: Date,
): (SizeNow & { at: Date }) | null {
  const { wanted } = sizeNow(values, variable, now);
  const minutes = minutesOfChange(values.warm_pool_schedule);
  const thisMinute = Math.floor(now.getTime() / MINUTE_MS);
  for (let minute = thisMinute + 1; minute <= thisMinute + LOOK_AHEAD_MINUTES; minute += 1) {
    if (!minutes.has(minute % QUARTER_MINUTES)) continue;
    const at = new Date(minute * MINUTE_MS);
    const then = sizeNow(values, variable, at);
    if (then.wanted !== wanted) return { ...then, at };
  }
  return null;
}

/** The minutes within a quarter of an hour at which a line can begin or end to hold. */
function minutesOfChange(schedule: readonly string[]): ReadonlySet<number> {
  const windows = schedule.map(parsePoolWindow).filter((window) => typeof window !== 'string');
  if (windows.length === 0) return new Set();
  const edges = windows.flatMap(({ from, until }) => [from, until]);
  return new Set([0, ...edges].map((minute) => minute % QUARTER_MINUTES));
}

function holds({ days, from, until, timeZone }: PoolWindow, now: Date): boolean {
  const { day, minute } = clockOf(timeZone, now);
  const dayBefore = (day + DAYS.length - 1) % DAYS.length;
  if (from < until) return days.includes(day) && from <= minute && minute < until;
  return (days.includes(day) && from <= minute) || (days.includes(dayBefore) && minute < until);
}

function clockOf(timeZone: string, now: Date): { day: number; minute: number } {
  const parts = formatOf(timeZone).formatToParts(now);
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    parts.find((found) => found.type === type)?.value ?? '';
  return { day: DAYS.indexOf(part('weekday')), minute: Number(part('hour')) * 60 + Number(part('minute')) };
}

/** Making one costs a hundred times what using it does. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  clocks.set(timeZone, format);
  return format;
}
