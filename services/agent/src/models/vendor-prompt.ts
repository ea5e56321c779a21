import { assertNever } from '@podex/contracts/errors';
import type { AssistantPart } from '@podex/contracts/internal/turns';
import {
  type AssistantModelMessage,
  jsonSchema,
  type ModelMessage,
  type SystemModelMessage,
  type ToolSet,
  tool,
} from 'ai';
import type { Prompt, PromptMessage, PromptTool } from './prompt-message.ts';

type AssistantContent = Exclude<AssistantModelMessage['content'], string>[number];

/**
 * Marks the end of a prefix that Anthropic keeps (https://docs.claude.com/en/docs/build-with-claude/prompt-caching); OpenRouter
 * passes it on. Vendors that cache by themselves do not look at it.
 */
const CACHE_UNTIL_HERE = {
  anthropic: { cacheControl: { type: 'ephemeral' } },
  openrouter: { cacheControl: { type: 'ephemeral' } },
} as const;

export function vendorInstructions(prompt: Prompt): SystemModelMessage {
  return { role: 'system', content: prompt.system, providerOptions: CACHE_UNTIL_HERE };
}

export function vendorMessages({ preamble, messages }: Prompt): ModelMessage[] {
  const cached = cachedEnds(messages);
  const conversation = messages.map((message) => ({
    ...vendorMessage(message),
    ...(cached.has(message) ? { providerOptions: CACHE_UNTIL_HERE } : {}),
  }));
  if (preamble === undefined) return conversation;
  return [{ role: 'user', content: preamble, providerOptions: CACHE_UNTIL_HERE }, ...conversation];
}

/**
 * The end of this prompt and of the one before. Anthropic looks for what it keeps among the last 20 blocks before a mark alone,
 * and a response with many calls is longer.
 */
function cachedEnds(messages: readonly PromptMessage[]): ReadonlySet<PromptMessage> {
  return new Set(messages.filter(({ role }) => role !== 'assistant').slice(-2));
}

function vendorMessage(message: PromptMessage): ModelMessage {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: message.text };
    case 'assistant':
      return { role: 'assistant', content: message.parts.map(vendorPart) };
    case 'tool':
      return {
        role: 'tool',
        content: message.results.map((result) => ({
          type: 'tool-result',
          toolCallId: result.toolCallId,
          toolName: result.tool,
          output: { type: result.isError ? 'error-text' : 'text', value: result.output },
        })),
      };
    default:
      return assertNever(message);
  }
}

function vendorPart(part: AssistantPart): AssistantContent {
  const metadata = part.provider_metadata === undefined ? {} : { providerOptions: part.provider_metadata };
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text, ...metadata };
    case 'reasoning':
      return { type: 'reasoning', text: part.text, ...metadata };
    case 'tool_call':
      return {
        type: 'tool-call',
        toolCallId: part.tool_call_id,
        toolName: part.tool,
        input: part.input,
        ...metadata,
      };
    default:
      return assertNever(part);
  }
}

/** Tools without `execute`: the vendor’s library only describes them; their inputs are checked where they run. */
export function vendorTools(tools: readonly PromptTool[]): ToolSet {
  return Object.fromEntries(
    tools.map(({ name, description, inputSchema }) => [
      name,
      tool({ description, inputSchema: jsonSchema(inputSchema) }),
    ]),
  );
}
