import { describe, expect, it } from 'vitest';
import { DaemonSilence } from './daemon-silence.ts';

describe('DaemonSilence', () => {
  it('needs three probes without a response, and the time', () => {
    const silence = new DaemonSilence(30_000);
    silence.probed(0);
    silence.probed(10_000);
    expect(silence.isSilent(60_000)).toBe(false);
    silence.probed(20_000);
    expect(silence.isSilent(29_999)).toBe(false);
    expect(silence.isSilent(30_000)).toBe(true);
    expect(silence.sinceMs).toBe(0);
  });

  it('is over with whatever comes after the first of them, however late', () => {
    const silence = new DaemonSilence(30_000);
    for (const at of [0, 10_000, 20_000, 30_000]) silence.probed(at);
    silence.heard(29_000);
    expect(silence.isSilent(100_000)).toBe(false);
    expect(silence.isInDoubt).toBe(false);
  });

  it('is not ended by what was heard before', () => {
    const silence = new DaemonSilence(30_000);
    for (const at of [50_000, 60_000, 70_000]) silence.probed(at);
    silence.heard(49_000);
    expect(silence.isSilent(80_000)).toBe(true);
  });

  it('begins again when this process itself stood still', () => {
    const silence = new DaemonSilence(30_000);
    for (const at of [0, 10_000, 20_000]) silence.probed(at);
    silence.forgive();
    expect(silence.isSilent(40_000)).toBe(false);
  });
});
