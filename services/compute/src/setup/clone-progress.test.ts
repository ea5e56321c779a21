import { describe, expect, it } from 'vitest';
import { cloneProgress } from './clone-progress.ts';

describe('cloneProgress', () => {
  it.each([
    ["Cloning into 'x'...\n", undefined],
    [
      'remote: Counting objects: 100% (9/9)\rReceiving objects:   4% (4/100)\rReceiving objects:  45% (45/100), 2.10 MiB',
      'Receiving: 45 %',
    ],
    ['Receiving objects: 100% (9/9), done.\nResolving deltas:  10% (1/10)', 'Unpacking: 10 %'],
    ['remote: <b>Receiving objects: all</b>', undefined],
  ])('%j', (output, progress) => {
    expect(cloneProgress(output)).toBe(progress);
  });
});
