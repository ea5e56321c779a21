import { expect, it } from 'vitest';
import { shortenInput } from './shorten-input.ts';

it('cuts long texts until the input fits, and leaves one that fits alone', () => {
  const small = { path: 'a', content: 'short' };
  expect(shortenInput(small, 5000)).toBe(small);
  const cut = shortenInput({ path: 'a', content: 'x'.repeat(20_000) }, 5000);
  expect(JSON.stringify(cut).length).toBeLessThanOrEqual(5000);
  expect(cut).toMatchObject({ path: 'a', content: expect.stringMatching(/^x+… \[\d+ more characters\]$/) });
});

it('fits whatever it is given', () => {
  const many = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`name-${index}`, 'value']));
  expect(JSON.stringify(shortenInput(many, 5000)).length).toBeLessThanOrEqual(5000);
});
