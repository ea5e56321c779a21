import { describe, expect, it } from 'vitest';
import { createProgressReport, type ImageProgress } from './build-progress.ts';

describe('progress', () => {
  it('never goes back, whatever a phase says', () => {
    const seen: ImageProgress[] = [];
    const report = createProgressReport((progress) => seen.push(progress));
    report('bootstrap', 0.5, 'half');
    report('bootstrap', 0.1, 'back');
    report('build', 2, 'too much');
    report('pack', 0, 'packing');
    report('done', 1, 'ready');
    expect(seen.map(({ percent }) => percent)).toEqual([13, 13, 85, 85, 100]);
  });
});
