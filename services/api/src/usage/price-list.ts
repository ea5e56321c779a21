/**
 * Prices that come with Podex: USD for a million tokens, as the vendors publish them for requests in real time (Anthropic:
 * https://platform.claude.com/docs/en/about-claude/pricing, cache writes of five minutes; OpenAI: https://openai.com/api/pricing),
 * compared on 2026-11-28 with public copies of these lists.
 * The longest pattern that matches counts, and of its rows the newest whose day has come. A price that changes is a new row with its
 * day; the old one stays. An admin’s `model_prices` come before these.
 */
export interface ListedPrice {
  /** `provider/name`; with `*` at its end all that begin so. */
  pattern: string;
  /** The first UTC day. */
  since: string;
  input: number;
  cachedInput: number;
  cacheWrite: number;
  output: number;
}

const anthropic = (pattern: string, since: string, input: number, output: number): ListedPrice => ({
  pattern: `anthropic/${pattern}`,
  since,
  input,
  cachedInput: input * 0.1,
  cacheWrite: input * 1.25,
  output,
});

/** OpenAI charges nothing for writing its cache. */
const openai = (pattern: string, since: string, ...usd: [input: number, cached: number, output: number]) => {
  const [input, cachedInput, output] = usd;
  return { pattern: `openai/${pattern}`, since, input, cachedInput, cacheWrite: input, output };
};

export const PRICE_LIST: readonly ListedPrice[] = [
  anthropic('claude-opus-4-20250514', '2025-05-22', 15, 75),
  anthropic('claude-opus-4-0', '2025-05-22', 15, 75),
  anthropic('claude-opus-4-1*', '2025-08-05', 15, 75),
  anthropic('claude-opus-4-5*', '2025-11-24', 5, 25),
  anthropic('claude-opus-4-6*', '2026-02-05', 5, 25),
  anthropic('claude-opus-4-7*', '2026-02-05', 5, 25),
  anthropic('claude-sonnet-4-*', '2025-05-22', 3, 15),
  anthropic('claude-haiku-4-5*', '2025-10-15', 1, 5),
  openai('gpt-4o', '2024-10-02', 2.5, 1.25, 10),
  openai('gpt-4o-2024-11-20', '2024-11-20', 2.5, 1.25, 10),
  openai('gpt-4o-mini', '2024-07-18', 0.15, 0.075, 0.6),
  openai('gpt-4.1', '2025-04-14', 2, 0.5, 8),
  openai('gpt-4.1-2025-04-14', '2025-04-14', 2, 0.5, 8),
  openai('gpt-4.1-mini*', '2025-04-14', 0.4, 0.1, 1.6),
  openai('gpt-4.1-nano*', '2025-04-14', 0.1, 0.025, 0.4),
  openai('o3', '2025-06-10', 2, 0.5, 8),
  openai('o4-mini', '2025-04-16', 1.1, 0.275, 4.4),
  openai('gpt-5', '2025-08-07', 1.25, 0.125, 10),
  openai('gpt-5-2025-08-07', '2025-08-07', 1.25, 0.125, 10),
  openai('gpt-5-codex', '2025-09-23', 1.25, 0.125, 10),
  openai('gpt-5-mini*', '2025-08-07', 0.25, 0.025, 2),
  openai('gpt-5-nano*', '2025-08-07', 0.05, 0.005, 0.4),
  openai('gpt-5.1', '2025-11-13', 1.25, 0.125, 10),
  openai('gpt-5.1-codex', '2025-11-13', 1.25, 0.125, 10),
  openai('gpt-5.2', '2025-12-11', 1.75, 0.175, 14),
];
