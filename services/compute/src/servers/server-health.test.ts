import { describe, expect, it } from 'vitest';
import {
  afterPing,
  afterPreflight,
  cutOff,
  doubt,
  MAX_FAILED_PINGS,
  nextProbe,
  type PreflightReport,
  type ServerHealth,
  UNKNOWN_HEALTH,
} from './server-health.ts';

const passed: PreflightReport = { outcome: 'ready', reason: null, checks: [], facts: null };
const unfit: PreflightReport = { ...passed, outcome: 'unfit', reason: 'no runsc' };
const silent: PreflightReport = { ...passed, outcome: 'unreachable', reason: 'cut off' };

const ready = afterPreflight(UNKNOWN_HEALTH, passed, 1000);

function pinged(health: ServerHealth, failures: number): ServerHealth {
  let current = health;
  for (let count = 0; count < failures; count += 1) current = afterPing(current, 'cut off');
  return current;
}

describe('the health of a server', () => {
  it('begins with a preflight', () => {
    expect(nextProbe(UNKNOWN_HEALTH, 0)).toBe('preflight');
    expect(ready).toMatchObject({ status: 'ready', reason: null });
  });

  it('endures some failed pings, and not more', () => {
    expect(pinged(ready, MAX_FAILED_PINGS - 1).status).toBe('ready');
    expect(pinged(ready, MAX_FAILED_PINGS)).toMatchObject({ status: 'unreachable', reason: 'cut off' });
  });

  it('forgets failures that did not come in a row', () => {
    let health = ready;
    for (let round = 0; round < 5; round += 1)
      health = afterPing(pinged(health, MAX_FAILED_PINGS - 1), undefined);
    expect(health.status).toBe('ready');
  });

  it('comes back only through a preflight', () => {
    const lost = pinged(ready, MAX_FAILED_PINGS);
    expect(nextProbe(lost, 2000)).toBe('ping');
    const back = afterPing(lost, undefined);
    expect(back.status).toBe('unreachable');
    expect(nextProbe(back, 2000)).toBe('preflight');
    expect(afterPreflight(back, passed, 2000).status).toBe('ready');
    expect(afterPreflight(back, unfit, 2000)).toMatchObject({ status: 'unfit', reason: 'no runsc' });
  });

  it('shows a new server that does not respond at once, and goes on asking', () => {
    const health = afterPreflight(UNKNOWN_HEALTH, silent, 1000);
    expect(health).toMatchObject({ status: 'unreachable', reason: 'cut off' });
    expect(nextProbe(health, 1001)).toBe('ping');
  });

  it('gives a ready server the patience of pings when its preflight gets no response', () => {
    expect(afterPreflight(ready, silent, 2000).status).toBe('ready');
  });

  it('looks over an unfit server soon again, and a ready one now and then', () => {
    const bad = afterPreflight(UNKNOWN_HEALTH, unfit, 0);
    expect(nextProbe(bad, 31_000)).toBe('preflight');
    expect(nextProbe(afterPreflight(UNKNOWN_HEALTH, passed, 0), 31_000)).toBe('ping');
    expect(nextProbe(afterPreflight(UNKNOWN_HEALTH, passed, 0), 601_000)).toBe('preflight');
  });

  it('is looked over at once when it is doubted, and keeps its name until then', () => {
    expect(doubt(ready).status).toBe('ready');
    expect(nextProbe(doubt(ready), 1001)).toBe('preflight');
    expect(nextProbe(doubt(pinged(ready, 5)), 1001)).toBe('preflight');
  });

  it('must pass before anything starts there after it was away for a moment, or a connection was cut', () => {
    expect(ready.mustPass).toBe(false);
    for (const health of [afterPing(pinged(ready, 1), undefined), cutOff(ready)]) {
      expect(health).toMatchObject({ status: 'ready', mustPass: true });
      expect(nextProbe(health, 1001)).toBe('preflight');
      expect(afterPreflight(health, silent, 1001).mustPass).toBe(true);
      expect(afterPreflight(health, passed, 1001).mustPass).toBe(false);
    }
    expect(afterPing(ready, undefined).mustPass).toBe(false);
  });
});
