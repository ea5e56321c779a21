import { describe, expect, it } from 'vitest';
import { splitReference } from './pack-image.ts';

describe('an image reference', () => {
  it('has a name and a tag, which is latest when it is left out', () => {
    expect(splitReference('podex/workspace:v2')).toEqual({ repo: 'podex/workspace', tag: 'v2' });
    expect(splitReference('podex/workspace')).toEqual({ repo: 'podex/workspace', tag: 'latest' });
    expect(splitReference('registry:5000/workspace')).toEqual({
      repo: 'registry:5000/workspace',
      tag: 'latest',
    });
  });
});
