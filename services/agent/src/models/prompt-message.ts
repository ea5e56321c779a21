import type { AssistantPart } from '@podex/contracts/internal/turns';

export interface ToolResult {
  toolCallId: string;
  tool: string;
  output: string;
  isError: boolean;
}

/** A message of the prompt, in no vendor’s terms. Each tool call of an assistant message has its result in the message after it. */
export type PromptMessage =
  | { role: 'user'; text: string }
  | { role: 'assistant'; parts: readonly AssistantPart[] }
  | { role: 'tool'; results: readonly ToolResult[] };

export interface PromptTool {
  name: string;
  description: string;
  /** JSON Schema of an object. */
  inputSchema: Record<string, unknown>;
}

export interface Prompt {
  /** The stable beginning, the same for every step of a turn. */
  system: string;
  /** Stands before the conversation as a message of its own, just as stable. */
  preamble?: string | undefined;
  messages: readonly PromptMessage[];
  tools: readonly PromptTool[];
}
