import type { ApprovalPreview } from '@podex/contracts/conversations';
import { expect, it } from 'vitest';
import { withoutShared, withShared } from './repeated-texts.ts';

const content = `line\n${'x'.repeat(2000)}`;
const diff = (after: string): ApprovalPreview => ({ type: 'diff', path: 'a', before: null, after });

it.each([
  ['the same text', diff(content), ''],
  ['a text that was cut', diff(`${content.slice(0, 1000)}\n… not shown`), '\n… not shown'],
])('keeps of %s what is not in the input', (_, preview, rest) => {
  const input = { path: 'a', content };
  const kept = withoutShared(preview, input);
  expect(kept.preview).toEqual(diff(''));
  expect(kept.shared?.after).toMatchObject({ key: 'content', rest });
  expect(withShared(kept.preview, kept.shared ?? null, input)).toEqual(preview);
});

it('leaves short texts, and those that the input does not have, where they are', () => {
  for (const preview of [diff('short'), diff(`y${content}`)]) {
    expect(withoutShared(preview, { path: 'a', content, other: 'short' })).toEqual({
      preview,
      shared: undefined,
    });
  }
});

it('does not cut a pair of surrogates in two', () => {
  const same = 'x'.repeat(1000);
  const input = { content: `${same}\u{1f600}` };
  const kept = withoutShared(diff(`${same}\u{1f601}`), input);
  expect(kept.shared?.after).toEqual({ key: 'content', characters: 1000, rest: '\u{1f601}' });
});
