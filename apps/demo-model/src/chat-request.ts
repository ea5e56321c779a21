import { z } from 'zod';

const textPart = z.object({ type: z.literal('text'), text: z.string() }).loose();
const content = z.union([z.string(), z.array(z.union([textPart, z.object({ type: z.string() }).loose()]))]);

const toolCall = z.object({
  id: z.string().min(1),
  type: z.literal('function'),
  function: z.object({ name: z.string().min(1), arguments: z.string() }),
});

const message = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer']), content }).loose(),
  z.object({ role: z.literal('user'), content }).loose(),
  z
    .object({
      role: z.literal('assistant'),
      content: content.nullish(),
      tool_calls: z.array(toolCall).min(1).optional(),
    })
    .loose(),
  z.object({ role: z.literal('tool'), tool_call_id: z.string(), content }).loose(),
]);
type ChatMessage = z.infer<typeof message>;

/** The body of `POST /v1/chat/completions`, as far as the double looks at it. */
export const chatRequest = z
  .object({
    model: z.string().min(1),
    messages: z.array(message).min(1),
    stream: z.boolean().default(false),
    stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
    tools: z
      .array(
        z.object({
          type: z.literal('function'),
          function: z.object({
            name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
            description: z.string().optional(),
            parameters: z.record(z.string(), z.unknown()).optional(),
          }),
        }),
      )
      .optional(),
  })
  .loose();
export type ChatRequest = z.infer<typeof chatRequest>;

function textOf(value: z.infer<typeof content> | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  return value.map((part) => ('text' in part && typeof part.text === 'string' ? part.text : '')).join('');
}

function isUser(candidate: ChatMessage): boolean {
  return candidate.role === 'user';
}

export function lastUserText(request: ChatRequest): string {
  return textOf(request.messages.findLast(isUser)?.content);
}

/** The texts of the tool results after the last message of a person, in order. */
export function toolResultsSinceUser(request: ChatRequest): string[] {
  const since = request.messages.slice(request.messages.findLastIndex(isUser) + 1);
  return since.flatMap((candidate) => (candidate.role === 'tool' ? [textOf(candidate.content)] : []));
}

/**
 * What the real endpoint refuses with 400: a tool call without its result right after it, a result without its call.
 * Undefined when all is well.
 */
export function messageOrderProblem(messages: readonly ChatMessage[]): string | undefined {
  let awaited = new Set<string>();
  for (const [index, candidate] of messages.entries()) {
    if (candidate.role === 'tool') {
      if (!awaited.delete(candidate.tool_call_id)) {
        return `messages.[${index}]: role 'tool' must follow a message with 'tool_calls' that has id ${candidate.tool_call_id}`;
      }
      continue;
    }
    if (awaited.size > 0) return `tool_call_ids without a response: ${[...awaited].join(', ')}`;
    if (candidate.role === 'assistant') awaited = new Set(candidate.tool_calls?.map((call) => call.id));
  }
  return awaited.size > 0 ? `tool_call_ids without a response: ${[...awaited].join(', ')}` : undefined;
}
