import { describe, expect, it } from 'vitest';
import { nextChange, sizeNow } from './schedule.ts';

const wantedAt = (at: string, ...warm_pool_schedule: string[]) =>
  sizeNow({ warm_pool_size: 1, warm_pool_schedule }, 9, new Date(at)).wanted;

const OFFICE = 'weekdays 08:00-18:00 Europe/Vienna 5';

describe('sizeNow', () => {
  it('is the setting, else the variable, where no line holds', () => {
    const now = new Date('2026-11-27T12:00:00Z');
    expect(sizeNow({ warm_pool_size: 0, warm_pool_schedule: [] }, 9, now)).toEqual({
      wanted: 0,
      scheduled_by: null,
    });
    expect(sizeNow({ warm_pool_size: null, warm_pool_schedule: [] }, 9, now).wanted).toBe(9);
    expect(sizeNow({ warm_pool_size: 1, warm_pool_schedule: [OFFICE] }, 9, now)).toEqual({
      wanted: 5,
      scheduled_by: OFFICE,
    });
  });

  it.each([
    // Friday, in winter an hour ahead of UTC: the first minute counts, the last does not.
    ['2026-11-27T06:59:59Z', 1],
    ['2026-11-27T07:00:00Z', 5],
    ['2026-11-27T16:59:59Z', 5],
    ['2026-11-27T17:00:00Z', 1],
    // In summer two hours ahead.
    ['2026-07-31T05:59:59Z', 1],
    ['2026-07-31T06:00:00Z', 5],
    ['2026-07-31T16:00:00Z', 1],
    // Saturday, Sunday, and Monday.
    ['2026-11-28T10:00:00Z', 1],
    ['2026-11-29T10:00:00Z', 1],
    ['2026-11-30T10:00:00Z', 5],
  ])('goes by the clock of its time zone: %s', (at, wanted) => {
    expect(wantedAt(at, OFFICE)).toBe(wanted);
  });

  it.each([
    // It is Sunday evening in UTC, and Monday morning in Auckland; Sunday morning in UTC is Saturday evening in Honolulu.
    ['2026-11-29T20:00:00Z', 'mon 08:00-10:00 Pacific/Auckland 5', 5],
    ['2026-11-29T05:00:00Z', 'sat 18:00-20:00 Pacific/Honolulu 5', 5],
    ['2026-11-29T05:00:00Z', 'sun 00:00-24:00 Pacific/Honolulu 5', 1],
    // Half an hour and a quarter beside the others.
    ['2026-11-27T02:29:59Z', 'fri 08:00-10:00 Asia/Kolkata 5', 1],
    ['2026-11-27T02:30:00Z', 'fri 08:00-10:00 Asia/Kolkata 5', 5],
    ['2026-11-27T02:15:00Z', 'fri 08:00-10:00 Asia/Kathmandu 5', 5],
  ])('knows the day there: %s, %s', (at, line, wanted) => {
    expect(wantedAt(at, line)).toBe(wanted);
  });

  it.each([
    // The clock goes from 02:00 to 03:00: half past two never comes, and what was to begin then begins at three.
    ['2026-03-29T00:59:59Z', 'sun 02:30-04:00 Europe/Vienna 5', 1],
    ['2026-03-29T01:00:00Z', 'sun 02:30-04:00 Europe/Vienna 5', 5],
    ['2026-03-29T02:00:00Z', 'sun 02:30-04:00 Europe/Vienna 5', 1],
    ['2026-03-29T00:59:59Z', 'sun 02:00-03:00 Europe/Vienna 5', 1],
    ['2026-03-29T01:00:00Z', 'sun 02:00-03:00 Europe/Vienna 5', 1],
    // It goes back from 03:00 to 02:00: the hour comes twice.
    ['2026-10-25T00:30:00Z', 'sun 02:00-03:00 Europe/Vienna 5', 5],
    ['2026-10-25T01:30:00Z', 'sun 02:00-03:00 Europe/Vienna 5', 5],
    ['2026-10-25T02:00:00Z', 'sun 02:00-03:00 Europe/Vienna 5', 1],
    // Office hours begin by the clock on the day of the change, and on the Monday after.
    ['2026-10-26T06:59:59Z', OFFICE, 1],
    ['2026-10-26T07:00:00Z', OFFICE, 5],
    // In Santiago a Sunday in September has no midnight.
    ['2026-09-06T04:00:00Z', 'sun 00:00-24:00 America/Santiago 5', 5],
    ['2026-09-06T03:59:59Z', 'sun 00:00-24:00 America/Santiago 5', 1],
  ])('lasts by the clock while it is changed: %s, %s', (at, line, wanted) => {
    expect(wantedAt(at, line)).toBe(wanted);
  });

  it.each([
    ['2026-11-27T21:59:59Z', 1],
    ['2026-11-27T22:00:00Z', 5],
    ['2026-11-28T05:59:59Z', 5],
    ['2026-11-28T06:00:00Z', 1],
    ['2026-11-28T23:00:00Z', 1],
    ['2026-11-27T03:00:00Z', 1],
  ])('passes midnight into the next day: %s', (at, wanted) => {
    expect(wantedAt(at, 'fri 22:00-06:00 UTC 5')).toBe(wanted);
  });

  it('takes the first line that holds', () => {
    const lines = ['fri 12:00-13:00 UTC 0', 'sat-mon 00:00-24:00 UTC 2', 'daily 00:00-24:00 UTC 7'];
    expect(wantedAt('2026-11-27T12:30:00Z', ...lines)).toBe(0);
    expect(wantedAt('2026-11-27T13:00:00Z', ...lines)).toBe(7);
    expect(wantedAt('2026-11-29T13:00:00Z', ...lines)).toBe(2);
    expect(wantedAt('2026-12-01T00:00:00Z', ...lines)).toBe(7);
  });
});

describe('nextChange', () => {
  const nextAt = (at: string, ...warm_pool_schedule: string[]) => {
    const next = nextChange({ warm_pool_size: 1, warm_pool_schedule }, 9, new Date(at));
    return next && [next.at.toISOString(), next.wanted, next.scheduled_by];
  };

  it.each([
    // Friday morning, Friday noon, the weekend that lies between.
    ['2026-11-27T06:59:59.999Z', OFFICE, ['2026-11-27T07:00:00.000Z', 5, OFFICE]],
    ['2026-11-27T07:00:00Z', OFFICE, ['2026-11-27T17:00:00.000Z', 1, null]],
    ['2026-11-27T17:00:00Z', OFFICE, ['2026-11-30T07:00:00.000Z', 5, OFFICE]],
    // Quarters of an hour beside the others, and minutes that are no quarter.
    ['2026-11-27T00:00:00Z', 'fri 08:07-10:00 Asia/Kathmandu 5', ['2026-11-27T02:22:00.000Z', 5]],
    ['2026-11-27T02:22:00Z', 'fri 08:07-08:08 Asia/Kathmandu 5', ['2026-11-27T02:23:00.000Z', 1]],
    // A week ahead, over a clock that is changed; one hour that the clock skips, and the same hour a week later.
    ['2026-10-24T08:00:00Z', 'sat 09:00-10:00 Europe/Vienna 5', ['2026-10-31T08:00:00.000Z', 5]],
    ['2026-03-28T12:00:00Z', 'sun 02:00-03:00 Europe/Vienna 5', ['2026-04-05T00:00:00.000Z', 5]],
  ])('is when the clock there says so: %s, %s', (at, line, expected) => {
    expect(nextAt(at, line)?.slice(0, expected.length)).toEqual(expected);
  });

  it('passes over lines that want as many as before', () => {
    const lines = ['fri 12:00-13:00 UTC 7', 'fri 13:00-14:00 UTC 2', 'daily 00:00-24:00 UTC 7'];
    expect(nextAt('2026-11-27T11:00:00Z', ...lines)).toEqual(['2026-11-27T13:00:00.000Z', 2, lines[1]]);
  });

  it('is nothing where nothing changes', () => {
    expect(nextAt('2026-11-27T11:00:00Z')).toBeNull();
    expect(nextAt('2026-11-27T11:00:00Z', 'daily 00:00-24:00 UTC 7')).toBeNull();
    expect(nextAt('2026-11-27T11:00:00Z', 'mon 08:00-09:00 UTC 1')).toBeNull();
  });
});
