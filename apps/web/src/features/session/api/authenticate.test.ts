import { PodexError } from '@podex/contracts/errors';
import { describe, expect, it } from 'vitest';
import { refusalOf, SignInRefused } from './authenticate.ts';

describe('refusalOf', () => {
  it('says plainly that the password is wrong', () => {
    const error = refusalOf(401, {
      code: 'INVALID_EMAIL_OR_PASSWORD',
      message: 'Invalid email or password',
      error: { code: 'invalid_credentials', message: 'Invalid email or password', request_id: 'r' },
    });
    expect(error).toBeInstanceOf(SignInRefused);
    expect(error.message).toBe('Wrong email or password.');
  });

  it('passes on what api itself refuses', () => {
    const context = { retry_after_seconds: 30 };
    const error = refusalOf(429, {
      error: { code: 'rate_limited', message: 'Wait 30 seconds.', context, request_id: 'r' },
    });
    expect(PodexError.has(error, 'rate_limited')).toBe(true);
    expect(error.message).toBe('Wait 30 seconds.');
  });

  it('has words for an answer that it cannot read', () => {
    expect(refusalOf(502, undefined).message).toContain('502');
  });
});
