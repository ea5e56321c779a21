import { describe, expect, it } from 'vitest';
import { DatabaseClock } from './database-clock.ts';

const AT = Date.parse('2026-11-27T12:00:00.000Z');
const told = (sinceMs: number) => new Date(AT + sinceMs).toISOString();

describe('DatabaseClock', () => {
  it('follows what api says, whatever the clock of this machine shows', () => {
    const clock = new DatabaseClock();
    clock.hear(told(0), 5_000);
    expect(clock.now(5_000).toISOString()).toBe(told(0));
    expect(clock.now(7_500).toISOString()).toBe(told(2_500));
  });

  it('keeps to the quickest of the last responses, so that it is never early', () => {
    const clock = new DatabaseClock();
    clock.hear(told(0), 5_010);
    clock.hear(told(3_000), 8_900);
    expect(clock.now(8_900).toISOString()).toBe(told(3_890));
    expect(clock.now(8_900).getTime()).toBeLessThanOrEqual(AT + 3_900);
  });

  it('comes to follow a database whose own clock was put back', () => {
    const clock = new DatabaseClock();
    clock.hear(told(600_000), 0);
    for (let count = 1; count <= 20; count += 1) clock.hear(told(count * 3_000), count * 3_000);
    expect(clock.now(60_000).toISOString()).toBe(told(60_000));
  });

  it('knows no time before it was told', () => {
    expect(() => new DatabaseClock().now()).toThrow(/not told/);
  });
});
