import { expect, it } from 'vitest';
import { ResolvedNames } from './resolved-names.ts';

it('keeps every address for an hour after it was last seen', () => {
  let nowMs = 0;
  const names = new ResolvedNames(() => nowMs);
  names.learn({ 'a.example': ['192.0.2.2', '192.0.2.1'] });
  nowMs = 3_000_000;
  names.learn({ 'a.example': ['192.0.2.3', '192.0.2.1'] });
  expect(names.of('a.example')).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3']);
  nowMs = 4_000_000;
  names.learn({ 'a.example': [] });
  expect(names.of('a.example')).toEqual(['192.0.2.1', '192.0.2.3']);
});

it('keeps 64 addresses of a name that has another one each time', () => {
  const names = new ResolvedNames();
  for (let n = 0; n < 200; n += 1) names.learn({ 'a.example': [`192.0.2.${n}`] });
  expect(names.of('a.example')).toHaveLength(64);
  expect(names.of('a.example')).toContain('192.0.2.199');
});

it('knows a name that it asked for in vain, and forgets those that nobody lists', () => {
  const names = new ResolvedNames();
  names.learn({ 'a.example': [], 'b.example': ['192.0.2.1'] });
  expect(names.wasAsked('a.example')).toBe(true);
  names.keepOnly(['b.example']);
  expect(names.wasAsked('a.example')).toBe(false);
  expect(names.of('b.example')).toEqual(['192.0.2.1']);
});
