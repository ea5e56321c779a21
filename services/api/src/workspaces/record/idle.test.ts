import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type IdleFacts, idleStopReason, nextIdleStep, warningLeadSeconds } from './idle.ts';

const NOW = new Date('2026-11-28T12:00:00Z');
const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const QUIET: IdleFacts = {
  now: NOW,
  lastUseAt: at(-10_000),
  timeoutSeconds: 7200,
  pauseAfterSeconds: null,
  keepAliveUntil: null,
  warnedStopsAt: null,
  isInUse: false,
  hasRunningTurn: false,
  lastTurnAt: null,
};

describe('nextIdleStep', () => {
  it.each<[string, Partial<IdleFacts>, object]>([
    ['used a moment ago', { lastUseAt: at(-60) }, { kind: 'nothing' }],
    ['a second before the warning', { lastUseAt: at(-6899) }, { kind: 'nothing' }],
    ['five minutes before', { lastUseAt: at(-6900) }, { kind: 'warn', stopsAt: at(300) }],
    [
      'half time of a short timeout',
      { timeoutSeconds: 60, lastUseAt: at(-30) },
      { kind: 'warn', stopsAt: at(30) },
    ],
    ['overdue and nobody was warned', {}, { kind: 'warn', stopsAt: at(300) }],
    [
      'warned, and the time has not come',
      { lastUseAt: at(-7000), warnedStopsAt: at(200) },
      { kind: 'nothing' },
    ],
    ['warned, and the time has come', { lastUseAt: at(-7200), warnedStopsAt: NOW }, { kind: 'stop' }],
    ['a command runs', { warnedStopsAt: NOW, isInUse: true }, { kind: 'used', at: NOW }],
    ['a turn runs', { warnedStopsAt: NOW, hasRunningTurn: true }, { kind: 'used', at: NOW }],
    ['a turn ended later', { warnedStopsAt: NOW, lastTurnAt: at(-60) }, { kind: 'used', at: at(-60) }],
    ['a turn has waited long', { warnedStopsAt: NOW, lastTurnAt: at(-10_000) }, { kind: 'stop' }],
    ['it is kept', { keepAliveUntil: at(3600) }, { kind: 'nothing' }],
    [
      'it is kept, and was warned',
      { keepAliveUntil: at(3600), warnedStopsAt: NOW },
      { kind: 'forget_warning' },
    ],
    ['a second before its pause', { pauseAfterSeconds: 900, lastUseAt: at(-899) }, { kind: 'nothing' }],
    ['the time of its pause has come', { pauseAfterSeconds: 900, lastUseAt: at(-900) }, { kind: 'pause' }],
    [
      'it would be paused, and a command runs',
      { pauseAfterSeconds: 900, lastUseAt: at(-900), isInUse: true },
      { kind: 'used', at: NOW },
    ],
    [
      'it would be paused, and is kept',
      { pauseAfterSeconds: 900, lastUseAt: at(-900), keepAliveUntil: at(1) },
      { kind: 'nothing' },
    ],
    [
      'its stop comes first',
      { pauseAfterSeconds: 9000, lastUseAt: at(-9000), warnedStopsAt: at(60) },
      { kind: 'nothing' },
    ],
    [
      'it is never stopped, and may be paused',
      { timeoutSeconds: null, pauseAfterSeconds: 900 },
      { kind: 'pause' },
    ],
    ['never', { timeoutSeconds: null }, { kind: 'nothing' }],
    ['never, and was warned', { timeoutSeconds: null, warnedStopsAt: NOW }, { kind: 'forget_warning' }],
  ])('%s', (_name, facts, expected) => {
    expect(nextIdleStep({ ...QUIET, ...facts })).toEqual(expected);
  });

  const moment = fc.integer({ min: -100_000, max: 100_000 }).map(at);
  const past = fc.integer({ min: -100_000, max: 0 }).map(at);
  const anyFacts = fc.record<IdleFacts>({
    now: fc.constant(NOW),
    lastUseAt: past,
    timeoutSeconds: fc.option(fc.integer({ min: 60, max: 50_000 })),
    pauseAfterSeconds: fc.option(fc.integer({ min: 60, max: 50_000 })),
    keepAliveUntil: fc.option(moment),
    warnedStopsAt: fc.option(moment),
    isInUse: fc.boolean(),
    hasRunningTurn: fc.boolean(),
    lastTurnAt: fc.option(past),
  });

  it('stops only what rested for its whole time, was warned, and nothing runs in', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const { timeoutSeconds, warnedStopsAt, lastUseAt, keepAliveUntil, lastTurnAt } = facts;
        const usedAtMs = Math.max(lastUseAt.getTime(), lastTurnAt?.getTime() ?? 0);
        const mayStop =
          timeoutSeconds !== null &&
          NOW.getTime() - usedAtMs >= timeoutSeconds * 1000 &&
          warnedStopsAt !== null &&
          warnedStopsAt <= NOW &&
          (keepAliveUntil === null || keepAliveUntil <= NOW) &&
          !facts.isInUse &&
          !facts.hasRunningTurn;
        expect(mayStop || nextIdleStep(facts).kind !== 'stop').toBe(true);
      }),
    );
  });

  it('brings whatever rests to its stop, with one warning a whole lead before', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 50_000 }),
        fc.integer({ min: -100_000, max: 0 }),
        (timeout, used) => {
          let warnedStopsAt: Date | null = null;
          let warnings = 0;
          let warnedAt = 0;
          for (let second = 0; second <= timeout + 400; second += 10) {
            const facts = {
              ...QUIET,
              now: at(second),
              lastUseAt: at(used),
              timeoutSeconds: timeout,
              warnedStopsAt,
            };
            const step = nextIdleStep(facts);
            if (step.kind === 'warn') {
              warnings += 1;
              warnedAt = second;
              warnedStopsAt = step.stopsAt;
            }
            if (step.kind !== 'stop') continue;
            expect(warnings).toBe(1);
            expect(second - warnedAt).toBeGreaterThanOrEqual(warningLeadSeconds(timeout));
            return;
          }
          expect.unreachable('it was never stopped');
        },
      ),
    );
  });
});

describe('idleStopReason', () => {
  it.each([
    [7200, '2 hours'],
    [3600, '1 hour'],
    [5400, '90 minutes'],
    [90, '90 seconds'],
    [172_800, '2 days'],
  ])('%i s', (seconds, text) => {
    expect(idleStopReason(seconds)).toBe(
      `Stopped after ${text} without use. Start it, and its files and packages are there.`,
    );
  });
});
