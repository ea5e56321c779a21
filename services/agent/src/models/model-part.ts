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
  | { type: 'finish'; outcome: Exclude<ResponseOutcome, 'broken'>; finishReason: string; usage: ModelUsage };

export interface ModelUsage {
  inputTokens: number;
  outputTokens: number;
  cachedInputTokens: number;
  /** The provider’s own figure; null when it gives none. */
  costUsd: number | null;
}
