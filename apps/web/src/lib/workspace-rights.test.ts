import { describe, expect, it } from 'vitest';
import { mayAs } from './workspace-rights.ts';

describe('mayAs', () => {
  it('lets who is more do what needs less, and not the other way round', () => {
    expect(mayAs('owner', 'viewer')).toBe(true);
    expect(mayAs('editor', 'editor')).toBe(true);
    expect(mayAs('terminal', 'editor')).toBe(false);
    expect(mayAs('viewer', 'terminal')).toBe(false);
  });
});
