import { describe, expect, it } from 'vitest';
import { frontMatterOf } from './skills.ts';

describe('the front matter of a skill', () => {
  it.each([
    ['with spaces and Windows’ line ends', '---\r\nname: a\r\ndescription: >\r\n  b\r\n  c\r\n---\r\n# Text'],
    ['that is the whole file', '---\nname: a\ndescription: b c\n---'],
    ['behind a byte order mark', '\uFEFF---\nname: a\ndescription: "b c"\n---\n'],
  ])('is read %s', (_what, text) => {
    const { name, description } = frontMatterOf(text) as Record<string, string>;
    expect([name, description?.trim()]).toEqual(['a', 'b c']);
  });

  it.each([
    ['without an end', '---\nname: a\n'],
    ['that is not at the beginning', '# A\n---\nname: a\n---\n'],
    ['that is no YAML', '---\nname: [a\n---\n'],
    ['whose aliases stand for a million values', `---\na: &a [x, x]\nb: &b [*a, *a]\nname: [*b, *b]\n---\n`],
  ])('is none %s', (_what, text) => {
    expect(frontMatterOf(text)).toBeUndefined();
  });
});
