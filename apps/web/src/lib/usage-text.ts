import { countOf, formatCount } from './format.ts';

interface Cost {
  cost_usd: number | null;
  unpriced_calls: number;
}

/** "$0.0042", "$1.26"; "$1.26 and more" when part of it is not known. Undefined when nothing was used. */
export function costText({ cost_usd: cost, unpriced_calls: unpriced }: Cost): string | undefined {
  if (cost === null) return unpriced === 0 ? undefined : 'cost unknown';
  return unpriced === 0 ? dollars(cost) : `${dollars(cost)} and more`;
}

/** Cents, and more digits where there are none. */
export function dollars(usd: number): string {
  return `$${usd.toFixed(usd > 0 && usd < 0.1 ? 4 : 2)}`;
}

/** "12.4k in, 812 out". */
export function tokensText(tokens: { input_tokens: number; output_tokens: number }): string {
  return `${formatCount(tokens.input_tokens)} in, ${formatCount(tokens.output_tokens)} out`;
}

/** Undefined when every cost is known. */
export function unpricedText({ unpriced_calls: unpriced }: Cost): string | undefined {
  return unpriced === 0 ? undefined : `The cost of ${countOf(unpriced, 'call')} is unknown.`;
}
