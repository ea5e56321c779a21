import { createHash } from 'node:crypto';
import type { ChatRequest } from './chat-request.ts';
import type { Answer, ReplyPart } from './script.ts';

/**
 * The bodies of OpenAI's chat completions (`chat.completion` and `chat.completion.chunk`).
 * https://platform.openai.com/docs/api-reference/chat
 */
interface Identity {
  id: string;
  created: number;
  model: string;
  system_fingerprint: string;
}

/** Ids come from the request, so that the same request gets the same answer. */
function identityOf(request: ChatRequest): Identity & { seed: string } {
  const seed = createHash('sha256').update(JSON.stringify(request.messages)).digest('hex');
  return {
    seed,
    id: `chatcmpl-${seed.slice(0, 29)}`,
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    system_fingerprint: 'fp_scripted',
  };
}

function argumentsText(part: Extract<ReplyPart, { type: 'tool_call' }>): string {
  return typeof part.arguments === 'string' ? part.arguments : JSON.stringify(part.arguments);
}

function callId(seed: string, index: number): string {
  return `call_${createHash('sha256').update(`${seed}/${index}`).digest('hex').slice(0, 24)}`;
}

function finishReasonOf(answer: Answer): string | null {
  if (answer.finish_reason !== undefined) return answer.finish_reason;
  return answer.parts.some((part) => part.type === 'tool_call') ? 'tool_calls' : 'stop';
}

function usageOf(request: ChatRequest, answer: Answer): Record<string, unknown> {
  const tokens = (value: unknown) => Math.ceil(JSON.stringify(value).length / 4);
  const prompt = answer.usage?.prompt_tokens ?? tokens(request.messages);
  const completion = answer.usage?.completion_tokens ?? tokens(answer.parts);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: answer.usage?.cached_tokens ?? 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
    ...(answer.usage?.cost === undefined ? {} : { cost: answer.usage.cost }),
  };
}

function split(text: string, characters: number | undefined): string[] {
  if (characters === undefined) return text.match(/\s*\S+\s*$|\s*\S+/g) ?? (text === '' ? [] : [text]);
  return Array.from({ length: Math.ceil(text.length / characters) }, (_, index) =>
    text.slice(index * characters, (index + 1) * characters),
  );
}

type Delta = Record<string, unknown>;

/** One tool call over several deltas: id and name first, then its arguments piece by piece under the same index. */
function toolCallDeltas(part: Extract<ReplyPart, { type: 'tool_call' }>, id: string, index: number): Delta[] {
  const text = argumentsText(part);
  const opening = { index, id, type: 'function', function: { name: part.name, arguments: '' } };
  const pieces = split(text, Math.max(8, Math.min(64, Math.ceil(text.length / 6))));
  return [opening, ...pieces.map((piece) => ({ index, function: { arguments: piece } }))].map((call) => ({
    tool_calls: [call],
  }));
}

function* deltasOf(answer: Answer, seed: string): Generator<Delta> {
  yield { role: 'assistant', content: '', refusal: null };
  let calls = 0;
  for (const part of answer.parts) {
    if (part.type === 'tool_call') {
      yield* toolCallDeltas(part, callId(seed, calls), calls);
      calls += 1;
      continue;
    }
    const name = part.type === 'text' ? 'content' : 'reasoning_content';
    for (const piece of split(part.text, answer.chunk_characters)) yield { [name]: piece };
  }
}

/** The chunks of a streamed answer, without the closing `[DONE]`. */
export function* completionChunks(request: ChatRequest, answer: Answer): Generator<Record<string, unknown>> {
  const { seed, ...identity } = identityOf(request);
  const hasUsage = request.stream_options?.include_usage === true;
  const chunk = (choices: unknown[], usage: unknown = null) => ({
    ...identity,
    object: 'chat.completion.chunk',
    choices,
    ...(hasUsage ? { usage } : {}),
  });
  for (const delta of deltasOf(answer, seed)) {
    yield chunk([{ index: 0, delta, logprobs: null, finish_reason: null }]);
  }
  yield chunk([{ index: 0, delta: {}, logprobs: null, finish_reason: finishReasonOf(answer) }]);
  if (hasUsage) yield chunk([], usageOf(request, answer));
}

export function wholeCompletion(request: ChatRequest, answer: Answer): Record<string, unknown> {
  const { seed, ...identity } = identityOf(request);
  const text = (type: 'text' | 'reasoning') =>
    answer.parts.flatMap((part) => (part.type === type ? [part.text] : [])).join('');
  const calls = answer.parts
    .filter((part) => part.type === 'tool_call')
    .map((part, index) => ({
      id: callId(seed, index),
      type: 'function',
      function: { name: part.name, arguments: argumentsText(part) },
    }));
  return {
    ...identity,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: text('text') || null,
          refusal: null,
          ...(text('reasoning') === '' ? {} : { reasoning_content: text('reasoning') }),
          ...(calls.length === 0 ? {} : { tool_calls: calls }),
        },
        logprobs: null,
        finish_reason: finishReasonOf(answer),
      },
    ],
    usage: usageOf(request, answer),
  };
}
