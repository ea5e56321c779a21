import { newId } from '@podex/contracts/ids';
import { expect, it } from 'vitest';
import { PromptLimits } from './prompt-limits.ts';

const inSome = (model = 'a') => ({ conversationId: newId('conversation'), model });

it('holds what was learnt in one conversation for that conversation and model alone', () => {
  const limits = new PromptLimits();
  const place = inSome();
  limits.shorten(place, 240_000);
  expect(limits.maxCharacters(place, 100_000)).toBe(240_000);
  expect(limits.maxCharacters({ ...place, model: 'b' }, 100_000)).toBe(300_000);
  expect(limits.maxCharacters(inSome(), 100_000)).toBe(300_000);
});

it('reckons with the tokens that the provider has counted', () => {
  const limits = new PromptLimits();
  const [numbers, english, cached] = [inSome(), inSome(), inSome()];
  limits.measure(numbers, { characters: 100_000, tokens: 80_000 });
  limits.measure(english, { characters: 100_000, tokens: 25_000 });
  // A provider that leaves cached tokens out would allow anything.
  limits.measure(cached, { characters: 100_000, tokens: 2500 });
  expect(limits.maxCharacters(numbers, 100_000)).toBe(125_000);
  expect(limits.maxCharacters(english, 100_000)).toBe(400_000);
  expect(limits.maxCharacters(cached, 100_000)).toBe(500_000);
});

it('forgets the oldest, so that it stays small', () => {
  const limits = new PromptLimits();
  const first = inSome();
  limits.shorten(first, 1);
  for (let count = 0; count < 10_000; count += 1) limits.shorten(inSome(), 2);
  expect(limits.maxCharacters(first, 10)).toBe(30);
});
