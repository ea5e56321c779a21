import { type ModelPrice, matchesModel, parsePriceRule } from '@podex/contracts/model-prices';
import type { ModelTokens } from '@podex/contracts/model-usage';
import { PRICE_LIST } from './price-list.ts';

const MICRO = 1_000_000;

/** Whose price it is. `unknown`: nobody’s. `provider`: there is none beforehand, but the provider reports what each call cost. */
export type PriceSource = 'provider' | 'admin' | 'list' | 'local' | 'unknown';

export interface KnownPrice {
  source: PriceSource;
  price: ModelPrice | null;
}

const FREE: ModelPrice = { input: 0, cachedInput: 0, cacheWrite: 0, output: 0 };

/** The price of a model on a UTC day. An admin’s lines come first, of several the first that matches. */
export function priceOf(model: string, lines: readonly string[], day: string): KnownPrice {
  const own = lines
    .map(parsePriceRule)
    .find((rule) => typeof rule !== 'string' && matchesModel(rule.pattern, model));
  if (own !== undefined && typeof own !== 'string') return { source: 'admin', price: own.price };
  // It runs on the operator’s own machines.
  if (model.startsWith('ollama/')) return { source: 'local', price: FREE };
  const listed = listedPrice(model, day);
  if (listed !== undefined) return { source: 'list', price: listed };
  return { source: model.startsWith('openrouter/') ? 'provider' : 'unknown', price: null };
}

function listedPrice(model: string, day: string): ModelPrice | undefined {
  const matching = PRICE_LIST.filter(({ pattern, since }) => since <= day && matchesModel(pattern, model));
  const [best] = matching.toSorted(
    (one, other) => other.pattern.length - one.pattern.length || other.since.localeCompare(one.since),
  );
  if (best === undefined) return undefined;
  const { input, cachedInput, cacheWrite, output } = best;
  return {
    input: toMicro(input),
    cachedInput: toMicro(cachedInput),
    cacheWrite: toMicro(cacheWrite),
    output: toMicro(output),
  };
}

/** Whole micro-dollars of a price or a reported cost. */
export function toMicro(usd: number): number {
  return Math.round(usd * MICRO);
}

/** Whole micro-dollars, rounded up: many small calls must not be free. Vendors may count cached tokens beside the others, so none is below 0. */
export function costOf(tokens: ModelTokens, price: ModelPrice): number {
  const { input_tokens: input, cached_input_tokens: cached, cache_write_tokens: written } = tokens;
  const plain = Math.max(0, input - cached - written);
  const parts = [
    [plain, price.input],
    [cached, price.cachedInput],
    [written, price.cacheWrite],
    [tokens.output_tokens, price.output],
  ] as const;
  const total = parts.reduce((sum, [count, each]) => sum + BigInt(count) * BigInt(each), 0n);
  return Number((total + BigInt(MICRO - 1)) / BigInt(MICRO));
}
