import { describe, expect, it } from 'vitest';
import { weaknessOf } from './password-strength.ts';

const ADA = { email: 'ada.lovelace@example.com', name: 'Ada Lovelace' };

describe('a new password', () => {
  it.each(['password123', 'PASSWORD123', 'Password123', 'qwertyuiop', '12345678', 'iloveyou', 'sunshine1'])(
    'is not one of the most common: %s',
    (password) => {
      expect(weaknessOf(password, ADA)).toContain('most common');
    },
  );

  it.each(['ada.lovelace@example.com', 'Ada.Lovelace@Example.com', 'ada.lovelace', ' ada lovelace '])(
    'is not the person’s own address or name: %j',
    (password) => {
      expect(weaknessOf(password, ADA)).toContain('email address or name');
    },
  );

  it.each(['correct-horse-battery', 'lovelace of the analytical engine', 'ünïcödé-sätze'])(
    'may be %s',
    (password) => {
      expect(weaknessOf(password, ADA)).toBeUndefined();
    },
  );
});
