import { constants } from 'node:os';
import { ERROR_TABLE, PodexError } from '@podex/contracts/errors';
import { expect, it } from 'vitest';
import { translateFileError } from './file-errors.ts';

it('tells each refusal of the operating system in words of the contract: cause and cure', () => {
  for (const [code, errno] of Object.entries(constants.errno)) {
    const error = Object.assign(new Error(code), { code, errno: -errno, syscall: 'open' });
    const translated = translateFileError(error, 'a/b');
    expect(PodexError.isInstance(translated) && translated.code in ERROR_TABLE, code).toBe(true);
    const message = PodexError.isInstance(translated) ? translated.message : '';
    expect(message, code).toMatch(/^\S.*\. [A-Z].*\.$|^There is no a\/b\.$/);
  }
});

it('leaves a bug a bug', () => {
  const bug = Object.assign(new TypeError('no'), { code: 'ERR_INVALID_ARG_TYPE' });
  expect(translateFileError(bug, 'a')).toBe(bug);
});
