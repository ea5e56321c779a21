import { PodexError } from '@podex/contracts/errors';
import commonPasswords from 'fxa-common-password-list';

/** Whose password it is to be. */
export interface Person {
  email: string;
  name: string;
}

/** Undefined for a password that nobody would guess first; otherwise what is wrong with it, in words. */
export function weaknessOf(password: string, { email, name }: Partial<Person>): string | undefined {
  const folded = fold(password);
  const own = [email, email?.split('@')[0], name].map((text) => fold(text ?? ''));
  if (own.includes(folded)) {
    return 'This password is your email address or name. Choose one that others cannot guess.';
  }
  if (commonPasswords.test(password) || commonPasswords.test(folded)) {
    return 'This password is one of the most common ones, which are guessed first. Choose another, such as three words that do not belong together.';
  }
  return undefined;
}

/** @throws PodexError password_too_common. */
export function requireUncommon(password: string, person: Partial<Person>, field: string): void {
  const weakness = weaknessOf(password, person);
  if (weakness !== undefined) throw new PodexError('password_too_common', weakness, { field });
}

function fold(text: string): string {
  return text.trim().toLowerCase();
}
