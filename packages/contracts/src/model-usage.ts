import { z } from 'zod';
import { pageOf, pageQuery } from './pagination.ts';

/**
 * How a call of a model ended. `whole`: the model was done. `truncated`: cut at the longest response it may give. `empty`: neither text
 * nor a tool call. `broken`: the response began and did not come to its end, or its worker was lost. `refused`: the model or its
 * provider withheld it. `failed`: the provider gave no response. `cancelled`: a person ended the turn.
 */
export const modelCallOutcome = z.enum([
  'whole',
  'truncated',
  'empty',
  'broken',
  'refused',
  'failed',
  'cancelled',
]);
export type ModelCallOutcome = z.infer<typeof modelCallOutcome>;

/** How many tokens, or characters’ worth of them. */
export const tokenCount = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Tokens of one call by the provider’s figures. `input_tokens` and `output_tokens` include the parts that are named beside them. */
export const modelTokens = z.object({
  input_tokens: tokenCount,
  cached_input_tokens: tokenCount,
  cache_write_tokens: tokenCount,
  output_tokens: tokenCount,
  reasoning_tokens: tokenCount,
});
export type ModelTokens = z.infer<typeof modelTokens>;

const count = z.number().int().min(0);

/** What calls used together. Sums of many calls are read by people: dollars are given with six decimals, and kept as whole micro-dollars. */
export const usageSum = z
  .object({
    calls: count,
    failed_calls: count.meta({ description: 'Of the calls, those that gave no response that was kept.' }),
    input_tokens: count,
    cached_input_tokens: count,
    cache_write_tokens: count,
    output_tokens: count,
    reasoning_tokens: count,
    cost_usd: z
      .number()
      .nullable()
      .meta({ description: 'Of the calls whose cost is known; null when it is known of none.' }),
    unpriced_calls: count.meta({ description: 'Calls whose cost is not known: they are not in cost_usd.' }),
    estimated_calls: count.meta({
      description:
        'Calls that ended before the provider gave figures: their tokens are estimated from the text.',
    }),
  })
  .meta({ id: 'UsageSum' });
export type UsageSum = z.infer<typeof usageSum>;

export const EMPTY_USAGE: UsageSum = {
  calls: 0,
  failed_calls: 0,
  input_tokens: 0,
  cached_input_tokens: 0,
  cache_write_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  cost_usd: null,
  unpriced_calls: 0,
  estimated_calls: 0,
};

export const usageGroup = z.enum(['day', 'model', 'workspace', 'conversation']);
export type UsageGroup = z.infer<typeof usageGroup>;
export const adminUsageGroup = z.enum([...usageGroup.options, 'holder']);
export type AdminUsageGroup = z.infer<typeof adminUsageGroup>;

const range = {
  from: z.iso
    .date()
    .max(10)
    .optional()
    .meta({ description: 'The first UTC day; the first of this month when left out.' }),
  to: z.iso.date().max(10).optional().meta({ description: 'The last UTC day; today when left out.' }),
};

export const usageQuery = pageQuery.extend({ by: usageGroup.default('day'), ...range });
export type UsageQuery = z.infer<typeof usageQuery>;
export const adminUsageQuery = pageQuery.extend({ by: adminUsageGroup.default('day'), ...range });
export type AdminUsageQuery = z.infer<typeof adminUsageQuery>;

export const usageRow = usageSum
  .extend({
    key: z.string().meta({ description: 'The day, the name of the model, or the id of what is grouped by.' }),
    name: z
      .string()
      .nullable()
      .meta({ description: 'Of a workspace, conversation, person or team; null when it is gone.' }),
  })
  .meta({ id: 'UsageRow' });
export type UsageRow = z.infer<typeof usageRow>;

export const usagePage = pageOf(usageRow)
  .extend({
    total: usageSum.meta({ description: 'Of all groups, on this page or not.' }),
    from: z.iso.date(),
    to: z.iso.date(),
  })
  .meta({
    id: 'UsagePage',
    description: 'Days from the newest on, everything else from the most expensive on.',
  });
export type UsagePage = z.infer<typeof usagePage>;
