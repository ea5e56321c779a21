import { describe, expect, it } from 'vitest';
import { promptText } from './prompt-text.ts';

const FOLDER = '/src/shop';

describe('a prompt of an editor', () => {
  it('is one text, in which files of the folder have the names that the workspace knows', () => {
    const text = promptText(
      [
        { type: 'text', text: 'Mend ' },
        { type: 'resource_link', uri: 'file:///src/shop/lib/a%20b.ts#L3-7', name: 'a b.ts' },
        { type: 'text', text: ' as in ' },
        { type: 'resource', resource: { uri: 'file:///etc/hosts', text: 'one\n```\ntwo' } },
        { type: 'resource_link', uri: 'https://example.com/x', name: 'x' },
      ],
      FOLDER,
    );
    expect(text).toBe(
      'Mend `lib/a b.ts (L3-7)` as in `/etc/hosts``https://example.com/x`\n\n`/etc/hosts`:\n\n````\none\n```\ntwo\n````',
    );
  });

  it.each([
    [{ type: 'image', data: '', mimeType: 'image/png' } as const],
    [{ type: 'resource', resource: { uri: 'file:///a', blob: '' } } as const],
  ])('says what it cannot carry', (block) => {
    expect(() => promptText([block], FOLDER)).toThrow('Messages to Podex have no');
  });
});
