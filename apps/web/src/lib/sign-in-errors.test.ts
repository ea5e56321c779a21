import { signInErrorCode } from '@podex/contracts/sign-in-errors';
import { describe, expect, it } from 'vitest';
import { signInErrorSentence } from './sign-in-errors.ts';

describe('signInErrorSentence', () => {
  it.each(signInErrorCode.options)('says cause and cure of %s in plain words', (code) => {
    const sentence = signInErrorSentence(code);
    expect(sentence).toMatch(/^[A-Z].*\.$/);
    expect(sentence).not.toContain('_');
    if (code !== 'sign_in_failed') expect(sentence).not.toBe(signInErrorSentence('sign_in_failed'));
  });

  it.each(['', 'constructor', '__proto__', 'Your account is locked. Call +1 555 0100', '<img src=x>'])(
    'shows nothing of what it does not know: %s',
    (code) => {
      expect(signInErrorSentence(code)).toBe(signInErrorSentence('sign_in_failed'));
    },
  );
});
