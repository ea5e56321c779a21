import type { DrainProgress } from '@podex/contracts/drains';
import { describe, expect, it } from 'vitest';
import {
  drainSentence,
  drainSummary,
  hasOpenMoves,
  isDraining,
  mayBeLost,
  nextStep,
  shareMoved,
} from './drain-words.ts';

const none: DrainProgress = { moved: 0, left: 0, moving: 0, waiting: 0, failed: 0, cleaning: 0 };

describe('a drain', () => {
  it('says beforehand what stays and what is lost', () => {
    expect(drainSentence({ move: false, active: 'wait' })).not.toContain('moved');
    expect(drainSentence({ move: true, active: 'wait' })).toContain('follow once they have stopped');
    expect(drainSentence({ move: true, active: 'stop' })).toMatch(/are stopped, moved.*stay behind\.$/);
  });

  it('counts what there is, and nothing else', () => {
    expect(drainSummary({ ...none, moved: 3 })).toBe('3 moved, 0 left');
    expect(drainSummary({ moved: 3, left: 4, moving: 1, waiting: 2, failed: 1, cleaning: 1 })).toBe(
      '3 moved, 4 left: 1 moving, 2 waiting to stop, 1 could not be moved, 1 old copy being removed',
    );
    expect(shareMoved({ ...none, moved: 3, left: 1 })).toBe(0.75);
    expect(shareMoved(none)).toBe(1);
  });

  it('says what comes next only where Podex does nothing by itself', () => {
    expect(nextStep(none)).toMatch(/can be removed/);
    expect(nextStep({ ...none, cleaning: 1 })).toBeUndefined();
    expect(nextStep({ ...none, left: 2, waiting: 1, failed: 1 })).toBeUndefined();
    expect(nextStep({ ...none, left: 1, failed: 1 })).toMatch(/reasons/);
    expect(nextStep({ ...none, left: 1 })).toMatch(/until you move it/);
  });

  it('is followed while something may change, and has moves to cancel until they have ended', () => {
    expect(isDraining({ drain: null })).toBe(false);
    expect(isDraining({ drain: { ...none, cleaning: 1 } })).toBe(true);
    expect(hasOpenMoves({ drain: { ...none, cleaning: 1 } })).toBe(false);
    expect(hasOpenMoves({ drain: { ...none, waiting: 1 } })).toBe(true);
  });
});

describe('a server', () => {
  it('may be lost when it did not respond as it should, also where it was set aside', () => {
    expect(mayBeLost({ status: 'ready', reason: null })).toBe(false);
    expect(mayBeLost({ status: 'unreachable', reason: 'x' })).toBe(true);
    expect(mayBeLost({ status: 'draining', reason: null })).toBe(false);
    expect(mayBeLost({ status: 'draining', reason: 'x' })).toBe(true);
  });
});
