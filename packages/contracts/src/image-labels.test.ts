import { describe, expect, it } from 'vitest';
import { imageLabels, labelsOfImage, parseImageRule } from './image-labels.ts';

describe('labels that an image asks for', () => {
  it('are those of all lines that match, and of two for one label the first', () => {
    const lines = ['ghcr.io/acme/cuda:12 gpu=h100', 'ghcr.io/acme/*  gpu=a100 disk=nvme', 'debian arch=any'];
    expect(labelsOfImage('ghcr.io/acme/cuda:12', lines)).toEqual({ gpu: 'h100', disk: 'nvme' });
    expect(labelsOfImage('ghcr.io/acme/web:1', lines)).toEqual({ gpu: 'a100', disk: 'nvme' });
    expect(labelsOfImage('docker.io/library/debian:12', lines)).toEqual({ arch: 'any' });
    expect(labelsOfImage('ghcr.io/other/web', lines)).toEqual({});
  });

  it.each([
    ['', 'must begin with an image'],
    ['gpu=nvidia', 'must begin with an image'],
    ['*/cuda gpu=nvidia', 'must begin with an image'],
    ['debian', 'must name labels after the image'],
    ['debian gpu', 'must name labels as key=value'],
    ['debian =nvidia', 'must name labels as key=value'],
    ['debian GPU=nvidia', 'must name labels as key=value'],
  ])('are refused with what is wrong: %j', (line, problem) => {
    expect(parseImageRule(line)).toContain(problem);
    expect(imageLabels.safeParse([line]).success).toBe(false);
  });
});
