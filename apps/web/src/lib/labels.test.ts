import { describe, expect, it } from 'vitest';
import { labelsText, parseLabels } from './labels.ts';

describe('labels of a server', () => {
  it('are written one a line, and read back', () => {
    const labels = { gpu: '', disk: 'nvme=fast' };
    expect(labelsText(labels)).toBe('disk=nvme=fast\ngpu=');
    expect(parseLabels(` ${labelsText(labels)}\n\n`)).toEqual(labels);
    expect(parseLabels('')).toEqual({});
  });

  it('are not read from lines without a key', () => {
    expect(parseLabels('disk')).toBeUndefined();
    expect(parseLabels('=nvme')).toBeUndefined();
  });
});
