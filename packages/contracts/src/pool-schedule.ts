import { z } from 'zod';
import { lineText } from './text.ts';

const DAYS: readonly string[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const NAMED_DAYS: Readonly<Record<string, readonly number[]>> = {
  daily: [0, 1, 2, 3, 4, 5, 6],
  weekdays: [1, 2, 3, 4, 5],
  weekends: [6, 0],
};
const MINUTES_PER_DAY = 24 * 60;
const MAX_SLOTS = 1_000;
const LINE =
  /^(?<days>[a-z]+(?:-[a-z]+)?) +(?<from>[0-9:]+)-(?<until>[0-9:]+) +(?<zone>[A-Za-z0-9_+/-]+) +(?<slots>\d{1,6})$/;
const CLOCK_TIME = /^(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))$/;

/** One line of the warm pool’s schedule: on these days, between these times of the clock there, so many slots. */
export interface PoolWindow {
  /** 0 is Sunday. Of the beginning: a window that passes midnight ends on the day after. */
  days: readonly number[];
  /** Minutes since midnight. */
  from: number;
  until: number;
  timeZone: string;
  slots: number;
}

/** @returns what is wrong with the line when it is not a window. */
export function parsePoolWindow(line: string): PoolWindow | string {
  const parts = LINE.exec(line)?.groups;
  if (parts === undefined) return 'must be like "weekdays 08:00-18:00 Europe/Vienna 5"';
  const days = parseDays(parts.days ?? '');
  if (days === undefined) {
    return 'must begin with daily, weekdays, weekends, a day like mon, or days like mon-fri';
  }
  const [from, until] = [parseTime(parts.from ?? ''), parseTime(parts.until ?? '')];
  if (from === undefined || until === undefined)
    return 'must have times from 00:00 to 24:00, like 08:00-18:00';
  if (from === until || from === MINUTES_PER_DAY)
    return 'must begin and end at different times; 00:00-24:00 is the whole day';
  const timeZone = parts.zone ?? '';
  if (!isTimeZone(timeZone)) return `names a time zone that is not known: ${timeZone}`;
  const slots = Number(parts.slots);
  if (slots > MAX_SLOTS) return `can have ${MAX_SLOTS} slots at most`;
  return { days, from, until, timeZone, slots };
}

/** As it is written in a setting, on the page and in the command line. */
const poolScheduleLine = lineText(120)
  .trim()
  .superRefine((line, context) => {
    const parsed = parsePoolWindow(line);
    if (typeof parsed === 'string') context.addIssue({ code: 'custom', message: parsed });
  });

/** The first line that holds now counts; where none does, the size without a schedule. */
export const poolSchedule = z.array(poolScheduleLine).max(50);

function parseDays(text: string): readonly number[] | undefined {
  const named = Object.hasOwn(NAMED_DAYS, text) ? NAMED_DAYS[text] : undefined;
  if (named !== undefined) return named;
  const [first = '', last = first] = text.split('-');
  const [start, end] = [dayOf(first), dayOf(last)];
  if (start === undefined || end === undefined) return undefined;
  const count = ((end - start + DAYS.length) % DAYS.length) + 1;
  return Array.from({ length: count }, (_, index) => (start + index) % DAYS.length);
}

function dayOf(text: string): number | undefined {
  const index = DAYS.indexOf(text);
  return index === -1 ? undefined : index;
}

function parseTime(text: string): number | undefined {
  const match = CLOCK_TIME.exec(text);
  if (match === null) return undefined;
  return Number(match[1] ?? match[3]) * 60 + Number(match[2] ?? match[4]);
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
