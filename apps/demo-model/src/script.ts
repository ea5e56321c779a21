import { z } from 'zod';
import type { ChatRequest } from './chat-request.ts';
import { lastUserText, toolResultsSinceUser } from './chat-request.ts';

/** Text is contained whatever its case; `/…/flags` and a RegExp are searched for. */
const pattern = z.union([z.string().min(1), z.instanceof(RegExp)]);
type Pattern = z.infer<typeof pattern>;

const replyPart = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('reasoning'), text: z.string() }),
  z.object({
    type: z.literal('tool_call'),
    name: z.string(),
    /** Sent as JSON; a string is sent as it is, so that a script can break it. */
    arguments: z.union([z.record(z.string(), z.unknown()), z.string()]),
  }),
]);
export type ReplyPart = z.infer<typeof replyPart>;

const answer = z.object({
  parts: z.array(replyPart),
  /** `tool_calls` or `stop` by the parts when left out; null: the stream ends without one. */
  finish_reason: z.enum(['stop', 'length', 'tool_calls', 'content_filter']).nullish(),
  usage: z
    .object({
      prompt_tokens: z.number().int(),
      completion_tokens: z.number().int(),
      cached_tokens: z.number().int().optional(),
      /** In dollars, as OpenRouter gives it. */
      cost: z.number().optional(),
    })
    .optional(),
  /** Text and arguments are split into pieces of this many characters; by words when left out. */
  chunk_characters: z.number().int().min(1).optional(),
  /** Pause before each chunk. */
  chunk_delay_ms: z.number().min(0).optional(),
  /** Pause before the first byte. */
  first_delay_ms: z.number().min(0).optional(),
  /** The connection is cut after so many chunks. */
  cut_after_chunks: z.number().int().min(0).optional(),
  /** After so many chunks nothing more comes, but the connection stays. */
  stall_after_chunks: z.number().int().min(0).optional(),
});
export type Answer = z.infer<typeof answer>;

const refusal = z.object({
  error: z.object({
    status: z.number().int().min(400).max(599),
    message: z.string().default('The scripted model refuses.'),
    type: z.string().default('invalid_request_error'),
    code: z.string().nullable().default(null),
    retry_after_seconds: z.number().optional(),
  }),
});
export type Refusal = z.infer<typeof refusal>;

const reply = z.union([refusal, answer]);
export type Reply = z.infer<typeof reply>;
export type ReplyInput = z.input<typeof reply>;

const rule = z.object({
  name: z.string().optional(),
  when: z
    .object({
      /** The last message of a person. */
      user: pattern.optional(),
      /** How many tool results came since that message. */
      tool_results: z.number().int().min(0).optional(),
      /** The newest of those results. */
      last_result: pattern.optional(),
      /** Tools that must be offered. */
      tools: z.array(z.string()).optional(),
      model: z.string().optional(),
    })
    .default({}),
  /** The rule is spent after so many requests. The one thing that is not decided by the request alone; for faults. */
  times: z.number().int().min(1).optional(),
  reply: z.union([z.custom<ReplyFunction>((value) => typeof value === 'function'), reply]),
});
export type ReplyFunction = (request: ChatRequest) => ReplyInput;
export type Rule = z.infer<typeof rule>;

/** What the double says: the first rule that fits a request answers it. */
export const script = z.object({
  models: z.array(z.string()).default(['scripted']),
  /** Refuse models that are not listed with 404. */
  strict_models: z.boolean().default(false),
  /** Refuse requests without this bearer key with 401. */
  api_key: z.string().optional(),
  rules: z.array(rule),
  /** Answered at `GET /demo/tours`. */
  tours: z.array(z.string()).default([]),
});
export type Script = z.infer<typeof script>;
export type ScriptInput = z.input<typeof script>;

function matches(wanted: Pattern, text: string): boolean {
  if (wanted instanceof RegExp) return new RegExp(wanted.source, wanted.flags.replace('g', '')).test(text);
  const written = /^\/(.+)\/([imsu]*)$/s.exec(wanted);
  if (written?.[1] !== undefined) return new RegExp(written[1], written[2]).test(text);
  return text.toLowerCase().includes(wanted.toLowerCase());
}

export function ruleFits({ when }: Rule, request: ChatRequest): boolean {
  const results = toolResultsSinceUser(request);
  const offered = new Set(request.tools?.map((tool) => tool.function.name));
  return (
    (when.user === undefined || matches(when.user, lastUserText(request))) &&
    (when.tool_results === undefined || when.tool_results === results.length) &&
    (when.last_result === undefined || matches(when.last_result, results.at(-1) ?? '')) &&
    (when.tools === undefined || when.tools.every((name) => offered.has(name))) &&
    (when.model === undefined || when.model === request.model)
  );
}

export function replyOf(fitting: Rule, request: ChatRequest): Reply {
  return typeof fitting.reply === 'function' ? reply.parse(fitting.reply(request)) : fitting.reply;
}
