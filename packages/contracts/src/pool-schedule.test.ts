import { describe, expect, it } from 'vitest';
import { parsePoolWindow, poolSchedule } from './pool-schedule.ts';

describe('a line of the warm pool’s schedule', () => {
  it('has days, times, a time zone and slots', () => {
    expect(parsePoolWindow('weekdays 08:00-18:30 Europe/Vienna 5')).toEqual({
      days: [1, 2, 3, 4, 5],
      from: 480,
      until: 1110,
      timeZone: 'Europe/Vienna',
      slots: 5,
    });
    expect(parsePoolWindow('sat-mon  22:00-24:00  Etc/GMT+2  0')).toMatchObject({
      days: [6, 0, 1],
      until: 1440,
    });
    expect(poolSchedule.parse(['  daily 00:00-24:00 UTC 1 '])).toEqual(['daily 00:00-24:00 UTC 1']);
  });

  it.each([
    ['', 'must be like'],
    ['5', 'must be like'],
    ['weekdays 08:00-18:00 5', 'must be like'],
    ['weekdays 08:00-18:00 UTC -1', 'must be like'],
    ['workdays 08:00-18:00 UTC 5', 'must begin with daily'],
    ['mon-friday 08:00-18:00 UTC 5', 'must begin with daily'],
    ['toString 08:00-18:00 UTC 5', 'must be like'],
    ['constructor 08:00-18:00 UTC 5', 'must begin with daily'],
    ['mon 8:00-18:00 UTC 5', 'must have times'],
    ['mon 08:00-24:01 UTC 5', 'must have times'],
    ['mon 08:00-08:00 UTC 5', 'different times'],
    ['mon 24:00-08:00 UTC 5', 'different times'],
    ['mon 08:00-18:00 Europe/Atlantis 5', 'time zone that is not known: Europe/Atlantis'],
    ['mon 08:00-18:00 UTC 1001', '1000 slots at most'],
  ])('is refused with what is wrong: %s', (line, problem) => {
    expect(parsePoolWindow(line)).toContain(problem);
    expect(poolSchedule.safeParse([line]).success).toBe(false);
  });
});
