import { expect, it } from 'vitest';
import { wordsOf } from './ceremony.ts';

it.each([
  ['NotAllowedError', 'No passkey was used'],
  ['InvalidStateError', 'already'],
  ['SecurityError', 'FRONTEND_URL'],
])('says what %s means', (name, words) => {
  const error = new Error('in the words of the browser');
  error.name = name;
  expect(wordsOf(error)).toContain(words);
});

it('leaves other errors as they are', () => {
  expect(wordsOf(new Error('something else'))).toBeUndefined();
  expect(wordsOf('text')).toBeUndefined();
});
