import { expect, it } from 'vitest';
import { costText, dollars, tokensText, unpricedText } from './usage-text.ts';

it.each([
  [{ cost_usd: null, unpriced_calls: 0 }, undefined],
  [{ cost_usd: null, unpriced_calls: 2 }, 'cost unknown'],
  [{ cost_usd: 0, unpriced_calls: 0 }, '$0.00'],
  [{ cost_usd: 0.00169, unpriced_calls: 0 }, '$0.0017'],
  [{ cost_usd: 1.256, unpriced_calls: 1 }, '$1.26 and more'],
])('says what %j comes to', (cost, words) => {
  expect(costText(cost)).toBe(words);
});

it('says tokens, dollars and what is not known', () => {
  expect(tokensText({ input_tokens: 12_400, output_tokens: 812 })).toBe('12k in, 812 out');
  expect(dollars(12)).toBe('$12.00');
  expect(unpricedText({ cost_usd: 1, unpriced_calls: 1 })).toBe('The cost of 1 call is unknown.');
  expect(unpricedText({ cost_usd: 1, unpriced_calls: 0 })).toBeUndefined();
});
