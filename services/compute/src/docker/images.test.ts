import { describe, expect, it } from 'vitest';
import { splitReference } from './images.ts';

describe('splitReference', () => {
  it.each([
    ['debian', { name: 'debian', tag: 'latest' }],
    ['podex/workspace:1.2', { name: 'podex/workspace', tag: '1.2' }],
    ['registry:5000/a/b', { name: 'registry:5000/a/b', tag: 'latest' }],
    ['registry:5000/a/b:c', { name: 'registry:5000/a/b', tag: 'c' }],
    ['a@sha256:00', { name: 'a@sha256:00' }],
  ])('%s', (reference, parts) => {
    expect(splitReference(reference)).toEqual(parts);
  });
});
