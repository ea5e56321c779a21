import type { AssistantPart } from '@podex/contracts/internal/turns';
import type { ResponseOutcome } from './response-outcome.ts';

export type ProviderMetadata = AssistantPart['provider_metadata'];

/** What a model’s response streams, in no vendor’s terms. `id` joins the parts of one text, one reasoning or one tool call. */
export type ModelPart =
  | { type: 'text.start' | 'reasoning.start'; id: string }
  | { type: 'text.delta' | 'reasoning.delta'; id: string; text: string }
  | { type: 'text.end' | 'reasoning.end'; id: string; metadata: ProviderMetadata }
  | { type: 'tool_call.start'; id: string; tool: string }
  | { type: 'tool_call.input'; id: string; delta: string }
  | {
      type: 'tool_call.ready';
      id: string;
      tool: string;
      /** Not checked against the tool; `{ unparsed, characters }` when it was no JSON object. */
      input: Record<string, unknown>;
      metadata: ProviderMetadata;
    }
  | {
      type: 'finish';
      outcome: Exclude<ResponseOutcome, 'broken'>;
      finishReason: string;
      /** The vendor’s. */
      responseId: string;
      /** Undefined where the vendor gives no figures. */
      usage: ModelUsage | undefined;
      /** The provider’s own figure; null when it gives none. */
      costUsd: number | null;
    };

/** In tokens. What is cached or written to the cache is in the input, what is reasoning in the output. */
export interface ModelUsage {
  inputTokens: number;
  cachedInputTokens: number;
  cacheWriteTokens: number;
  outputTokens: number;
  reasoningTokens: number;
}
