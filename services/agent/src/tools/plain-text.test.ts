import { expect, it } from 'vitest';
import { plainText } from './plain-text.ts';

it('drops colours and titles, and what a progress line drew over', () => {
  expect(plainText('\u001b[1;31mred\u001b[0m \u001b]0;title\u0007text')).toBe('red text');
  expect(plainText('10%\r50%\r100%\ndone\r\n')).toBe('100%\ndone\n');
  expect(plainText('waiting\r')).toBe('waiting');
});
