import { parsePriceRule } from '@podex/contracts/model-prices';
import { settingValues } from '@podex/contracts/settings';
import { describe, expect, it } from 'vitest';
import { costOf, priceOf, toMicro } from './model-cost.ts';
import { PRICE_LIST } from './price-list.ts';

const NO_TOKENS = {
  input_tokens: 0,
  cached_input_tokens: 0,
  cache_write_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
};
const DAY = '2026-11-28';
const sonnet = { input: 3_000_000, cachedInput: 300_000, cacheWrite: 3_750_000, output: 15_000_000 };

describe('what a call costs', () => {
  it('is each kind of token at its own price', () => {
    const tokens = {
      input_tokens: 10_000,
      cached_input_tokens: 6_000,
      cache_write_tokens: 1_000,
      output_tokens: 500,
      reasoning_tokens: 200,
    };
    // 3,000 × $3 + 6,000 × $0.30 + 1,000 × $3.75 + 500 × $15, for a million tokens.
    expect(costOf(tokens, sonnet)).toBe(9_000 + 1_800 + 3_750 + 7_500);
  });

  it('is whole micro-dollars, rounded up, and exact for numbers that doubles cannot hold', () => {
    const cheap = { input: 50_000, cachedInput: 5_000, cacheWrite: 50_000, output: 400_000 };
    expect(costOf({ ...NO_TOKENS, input_tokens: 1 }, cheap)).toBe(1);
    expect(costOf({ ...NO_TOKENS, input_tokens: 20 }, cheap)).toBe(1);
    expect(costOf({ ...NO_TOKENS, input_tokens: 21 }, cheap)).toBe(2);
    expect(costOf(NO_TOKENS, cheap)).toBe(0);
    const many = { ...NO_TOKENS, input_tokens: 9_007_199_254_741, output_tokens: 1 };
    expect(costOf(many, { ...cheap, input: 999_999, output: 1 })).toBe(9_007_190_247_542);
  });

  it('is never below what is plain, where a vendor counts cached tokens beside the others', () => {
    expect(costOf({ ...NO_TOKENS, input_tokens: 10, cached_input_tokens: 1_000 }, sonnet)).toBe(300);
  });
});

describe('the price of a model', () => {
  it('is of the longest pattern', () => {
    expect(priceOf('openai/gpt-5-mini-2025-08-07', [], DAY)).toEqual({
      source: 'list',
      price: { input: 250_000, cachedInput: 25_000, cacheWrite: 250_000, output: 2_000_000 },
    });
    expect(priceOf('anthropic/claude-sonnet-4-5-20250929', [], DAY)).toEqual({
      source: 'list',
      price: sonnet,
    });
  });

  it('holds from its day on', () => {
    expect(priceOf('openai/gpt-5.2', [], '2025-12-10').source).toBe('unknown');
    expect(priceOf('openai/gpt-5.2', [], '2025-12-11').source).toBe('list');
  });

  it('is an admin’s before all others, and of its lines the first that matches', () => {
    const lines = [
      'openai/gpt-5 input=1 output=2',
      'openai/* input=0.5 output=4 cached=0.05 cache_write=0.6',
    ];
    expect(priceOf('openai/gpt-5', lines, DAY).price).toEqual({
      input: 1_000_000,
      cachedInput: 1_000_000,
      cacheWrite: 1_000_000,
      output: 2_000_000,
    });
    expect(priceOf('openai/mine', lines, DAY)).toEqual({
      source: 'admin',
      price: { input: 500_000, cachedInput: 50_000, cacheWrite: 600_000, output: 4_000_000 },
    });
  });

  it('is nothing for local models, the provider’s at OpenRouter, and not known of any other', () => {
    expect(priceOf('ollama/qwen3', [], DAY)).toMatchObject({
      source: 'local',
      price: { input: 0, output: 0 },
    });
    expect(priceOf('openrouter/qwen/qwen3-coder', [], DAY)).toEqual({ source: 'provider', price: null });
    expect(priceOf('openai/local', [], DAY)).toEqual({ source: 'unknown', price: null });
  });

  it.each([
    ['gpt-5 input=1 output=2', 'must begin with a model'],
    ['openai/g*t input=1 output=2', 'must begin with a model'],
    ['openai/ input=1 output=2', 'must begin with a model'],
    ['openai/a input=1', 'must give input= and output='],
    ['openai/a input=1 output=-2', 'must give prices like'],
    ['openai/a input=1 input=2 output=3', 'must give prices like'],
    ['openai/a input=1e3 output=2', 'must give prices like'],
    ['openai/a input=1 output=2 free', 'must give prices like'],
  ])('is refused with what is wrong: %j', (line, problem) => {
    expect(parsePriceRule(line)).toContain(problem);
    expect(settingValues.shape.model_prices.safeParse([line]).success).toBe(false);
  });

  it('is listed in whole micro-dollars, once for a pattern and day', () => {
    for (const { input, cachedInput, cacheWrite, output } of PRICE_LIST) {
      for (const usd of [input, cachedInput, cacheWrite, output]) {
        expect(toMicro(usd) / 1_000_000).toBeCloseTo(usd, 9);
        expect(toMicro(usd)).toBeGreaterThan(0);
      }
    }
    expect(new Set(PRICE_LIST.map(({ pattern, since }) => `${pattern} ${since}`)).size).toBe(
      PRICE_LIST.length,
    );
  });
});
