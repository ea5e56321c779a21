import { z } from 'zod';
import { lineText } from './text.ts';

export const modelProvider = z.enum(['openrouter', 'anthropic', 'openai', 'google', 'ollama']);
export type ModelProvider = z.infer<typeof modelProvider>;

/** A model is named `provider/name`, for example `anthropic/claude-sonnet-5` or `openrouter/qwen/qwen3-coder`. */
export const modelName = lineText(200)
  .min(1)
  .regex(/^[^\s]+$/, 'must not contain spaces')
  .meta({ id: 'ModelName', example: 'openrouter/qwen/qwen3-coder' });

/** How much a model reasons before it responds. */
export const reasoningEffort = z.enum(['low', 'medium', 'high']);
export type ReasoningEffort = z.infer<typeof reasoningEffort>;

/** Null: its provider doesn’t say. */
const ability = z.boolean().nullable();

export const model = z
  .object({
    id: modelName,
    provider: modelProvider,
    name: z.string(),
    default: z.boolean(),
    context_tokens: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'How long prompt and response may be; null: its provider doesn’t say.' }),
    abilities: z
      .object({ tools: ability, images: ability, reasoning: ability })
      .meta({ description: 'What the model can do; null: its provider doesn’t say.' }),
    reasoning_efforts: z
      .array(reasoningEffort)
      .meta({ description: 'What a conversation can choose for it; empty: nothing.' }),
  })
  .meta({ id: 'Model' });
export type Model = z.infer<typeof model>;

/**
 * `configured` is false when no provider has a key or a URL; `message` then says exactly what to set.
 * `demo` is true when a scripted double answers in place of a model; the page says so.
 */
export const modelList = z
  .object({
    items: z.array(model),
    next: z.null(),
    configured: z.boolean(),
    default_model: z.string().nullable(),
    demo: z.boolean(),
    message: z.string().nullable(),
    missing_variables: z.array(z.string()).meta({
      description:
        'Setting one of these for the agent service makes a model available. Empty when there is one.',
    }),
    tours: z.array(z.string()).meta({ description: 'Prompts that the scripted demo understands.' }),
  })
  .meta({ id: 'ModelList' });
export type ModelList = z.infer<typeof modelList>;
