import { z } from 'zod';
import { lineText } from './text.ts';

/** Whole micro-dollars for a million tokens: $0.25 are 250,000. */
export interface ModelPrice {
  input: number;
  cachedInput: number;
  cacheWrite: number;
  output: number;
}

const MICRO = 1_000_000;
const LINES_MAX = 200;
/** USD for a million tokens. */
const PRICE_MAX = 100_000;
const PART_NAMES = ['input', 'output', 'cached', 'cache_write'];

export interface PriceRule {
  /** `provider/name`; with `*` at its end all that begin so. */
  pattern: string;
  price: ModelPrice;
}

/** `openai/gpt-5* input=1.25 output=10 cached=0.125`, in USD for a million tokens. @returns what is wrong with it when it is no rule. */
export function parsePriceRule(line: string): PriceRule | string {
  const [pattern = '', ...words] = line.split(/ +/);
  if (!/^[^\s*/]+\/[^\s*]*\*?$/.test(pattern) || pattern.endsWith('/'))
    return 'must begin with a model like openai/gpt-5 or a pattern like openai/gpt-5*';
  const parts = new Map<string, number>();
  for (const word of words) {
    const [name = '', text = ''] = word.split('=');
    const usd = /^\d+(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
    if (!PART_NAMES.includes(name) || parts.has(name) || !(usd <= PRICE_MAX))
      return 'must give prices like input=1.25 output=10 cached=0.125 cache_write=1.25, in USD for a million tokens';
    parts.set(name, Math.round(usd * MICRO));
  }
  const input = parts.get('input');
  const output = parts.get('output');
  if (input === undefined || output === undefined)
    return 'must give input= and output=, in USD for a million tokens';
  const cachedInput = parts.get('cached') ?? input;
  return { pattern, price: { input, output, cachedInput, cacheWrite: parts.get('cache_write') ?? input } };
}

export function matchesModel(pattern: string, model: string): boolean {
  return pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : model === pattern;
}

/** As an admin writes it in a setting, on the page and in the command line. */
const priceLine = lineText(400)
  .trim()
  .superRefine((line, context) => {
    const parsed = parsePriceRule(line);
    if (typeof parsed === 'string') context.addIssue({ code: 'custom', message: parsed });
  });

export const modelPriceLines = z.array(priceLine).max(LINES_MAX);
