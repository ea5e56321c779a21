import { describe, expect, it } from 'vitest';
import { paths, safeNextPath } from './paths.ts';

describe('safeNextPath', () => {
  it('goes back to where a person was', () => {
    expect(safeNextPath('/workspaces/ws_1?conversation=new#end')).toBe(
      '/workspaces/ws_1?conversation=new#end',
    );
    expect(safeNextPath('/settings')).toBe('/settings');
  });

  it.each([
    null,
    '',
    'workspaces',
    'https://evil.example',
    'javascript:alert(1)',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '\t//evil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    '/%2e//evil.example',
  ])('leads nobody away by %j', (next) => {
    expect(safeNextPath(next)).toBe(paths.workspaces());
  });
});
