import { z } from 'zod';

const KEY_LENGTH_MIN = 32;
/** The new one and the old one, while each service is given the new one in its turn. */
const KEYS_MAX = 2;

/** A key that services of Podex share. While it is changed there are two: the first is sent, both are accepted. */
export type KeyList = readonly [string, ...string[]];
export type Keys = string | KeyList;

/** One key, or the new and the old one with a comma between them. */
export const keyListVariable = z.string().transform((value, context): KeyList => {
  const keys = value.split(',').map((key) => key.trim());
  const [first = '', ...others] = keys;
  if (keys.some((key) => key.length < KEY_LENGTH_MIN)) {
    context.addIssue(
      `must have at least ${KEY_LENGTH_MIN} characters, each of two keys with a comma between them`,
    );
  }
  if (keys.length > KEYS_MAX) context.addIssue(`may have ${KEYS_MAX} keys, the new and the old one`);
  if (new Set(keys).size < keys.length) context.addIssue('has the same key twice');
  return [first, ...others];
});

export function listKeys(keys: Keys): KeyList {
  return typeof keys === 'string' ? [keys] : keys;
}
