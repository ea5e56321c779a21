import type { JsonValue } from './json-value.ts';
import {
  type AskOfModel,
  event,
  inPieces,
  type Refusal,
  type RefusalKind,
  type VendorPart,
  type VendorWire,
} from './vendor-wire.ts';

/** Chat completions as OpenAI made them, and what those who took them over do differently. */
interface ChatDialect {
  /** Fields of every chunk. */
  about: Record<string, JsonValue>;
  reasoning(text: string): Record<string, JsonValue>;
  proof?(proof: string): Record<string, JsonValue>;
  finish: Record<string, JsonValue>;
  usage: Record<string, JsonValue>;
  comment?: string;
}

function chatStream(dialect: ChatDialect): VendorWire['stream'] {
  return (parts, model, ends) => {
    const chunk = (choices: JsonValue[], more: Record<string, JsonValue> = {}) =>
      event({
        id: 'chatcmpl-1',
        object: 'chat.completion.chunk',
        created: 1_790_000_000,
        model,
        ...dialect.about,
        choices,
        ...more,
      });
    const delta = (value: Record<string, JsonValue>) =>
      chunk([{ index: 0, delta: value, logprobs: null, finish_reason: null }]);
    let calls = -1;
    const deltas = parts.flatMap((part) => {
      if (part.type === 'tool_call') calls += 1;
      return partDeltas(dialect, part, calls);
    });
    const said = [
      ...(dialect.comment === undefined ? [] : [dialect.comment]),
      delta({ role: 'assistant', content: '' }),
      ...deltas.map(delta),
    ];
    if (!ends) return said;
    const reason = calls >= 0 ? 'tool_calls' : 'stop';
    return [
      ...said,
      chunk([{ index: 0, delta: {}, logprobs: null, finish_reason: reason, ...dialect.finish }]),
      chunk([], {
        usage: { prompt_tokens: 440, completion_tokens: 15, total_tokens: 455, ...dialect.usage },
      }),
      'data: [DONE]\n\n',
    ];
  };
}

function partDeltas(dialect: ChatDialect, part: VendorPart, index: number): Record<string, JsonValue>[] {
  switch (part.type) {
    case 'text':
      return inPieces(part.text).map((content) => ({ content }));
    case 'reasoning': {
      const proof = dialect.proof?.(part.proof);
      return [...inPieces(part.text).map(dialect.reasoning), ...(proof === undefined ? [] : [proof])];
    }
    case 'tool_call': {
      const call = (more: Record<string, JsonValue>) => ({ tool_calls: [{ index, ...more }] });
      return [
        call({ id: part.id, type: 'function', function: { name: part.name, arguments: '' } }),
        ...inPieces(part.args).map((args) => call({ function: { arguments: args } })),
      ];
    }
  }
}

const CACHED = {
  prompt_tokens_details: { cached_tokens: 400 },
  completion_tokens_details: { reasoning_tokens: 5 },
};

/** https://platform.openai.com/docs/api-reference/chat-streaming, as vLLM and others serve it. */
export const chatWire: VendorWire = {
  askedModel: askedAt('/v1/chat/completions'),
  stream: chatStream({
    about: { system_fingerprint: 'fp_1' },
    reasoning: (text) => ({ reasoning_content: text }),
    finish: {},
    usage: CACHED,
  }),
  streamError: event({
    error: { message: 'The server is overloaded.', type: 'server_error', param: null, code: 503 },
  }),
  refusal: openAiRefusal,
  pages: {
    '/v1/models': { object: 'list', data: [{ id: 'served', object: 'model', max_model_len: 32_768 }] },
  },
};

/** https://docs.ollama.com/api/openai-compatibility; the lists are Ollama’s own. */
export const ollamaWire: VendorWire = {
  askedModel: askedAt('/v1/chat/completions'),
  stream: chatStream({
    about: { system_fingerprint: 'fp_ollama' },
    reasoning: (text) => ({ reasoning: text }),
    finish: {},
    usage: {},
  }),
  streamError: event({
    error: { message: 'model runner has unexpectedly stopped', type: 'api_error', param: null, code: null },
  }),
  refusal: ollamaRefusal,
  pages: {
    '/api/tags': {
      models: [
        { name: 'qwen3:8b', model: 'qwen3:8b' },
        { name: 'llama3:latest', model: 'llama3:latest' },
      ],
    },
    '/api/ps': { models: [{ name: 'llama3:latest', model: 'llama3:latest', context_length: 4096 }] },
    '/api/show': {
      capabilities: ['completion', 'tools', 'thinking'],
      parameters: 'stop "<|im_end|>"\nnum_ctx                        16384',
      model_info: { 'general.architecture': 'qwen3', 'qwen3.context_length': 40_960 },
    },
  },
};

/** https://openrouter.ai/docs/api-reference/streaming and /docs/use-cases/reasoning-tokens */
export const openRouterWire: VendorWire = {
  askedModel: askedAt('/api/v1/chat/completions'),
  stream: chatStream({
    comment: ': OPENROUTER PROCESSING\n\n',
    about: { provider: 'Anthropic' },
    reasoning: (text) => ({
      content: '',
      reasoning: text,
      reasoning_details: [{ type: 'reasoning.text', text, format: 'anthropic-claude-v1', index: 0 }],
    }),
    proof: (signature) => ({
      content: '',
      reasoning: null,
      reasoning_details: [{ type: 'reasoning.text', signature, format: 'anthropic-claude-v1', index: 0 }],
    }),
    finish: { native_finish_reason: 'end_turn' },
    usage: { ...CACHED, cost: 0.0125, is_byok: false },
  }),
  streamError: event({
    id: 'gen-1',
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model: 'm',
    provider: 'Anthropic',
    error: { code: 502, message: 'Provider disconnected unexpectedly' },
    choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error', native_finish_reason: 'error' }],
  }),
  refusal: openRouterRefusal,
  pages: {
    '/api/v1/models': {
      data: [
        {
          id: 'anthropic/claude-sonnet-5.5',
          name: 'Anthropic: Claude Sonnet 5.5',
          context_length: 1_000_000,
          architecture: { input_modalities: ['text', 'image'], output_modalities: ['text'] },
          supported_parameters: ['tools', 'reasoning', 'include_reasoning', 'max_tokens'],
        },
        {
          id: 'old/writer',
          name: 'Writer',
          context_length: 8192,
          architecture: { input_modalities: ['text'] },
          supported_parameters: ['max_tokens'],
        },
      ],
    },
  },
};

function askedAt(wanted: string): VendorWire['askedModel'] {
  return (path, body) => (path === wanted ? String(body.model) : undefined);
}

/** https://platform.openai.com/docs/guides/error-codes */
export function openAiRefusal(
  kind: RefusalKind,
  { model, retryAfterSeconds }: AskOfModel,
): Refusal | undefined {
  const refuse = (status: number, message: string, code: string | null, type = 'invalid_request_error') => ({
    status,
    body: { error: { message, type, param: null, code } },
  });
  switch (kind) {
    case 'key':
      return refuse(401, 'Incorrect API key provided: sk-no.', 'invalid_api_key');
    case 'no_credit':
      return refuse(
        429,
        'You exceeded your current quota, please check your plan and billing details.',
        'insufficient_quota',
        'insufficient_quota',
      );
    case 'rate_limit': {
      const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
      return {
        ...refuse(429, 'Rate limit reached for requests per min.', 'rate_limit_exceeded', 'requests'),
        headers,
      };
    }
    case 'moderation':
      return refuse(
        400,
        'Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt.',
        'invalid_prompt',
      );
    case 'no_tools':
      return refuse(400, `tools is not supported in this model. ${model}`, null);
    case 'unknown_model':
      return refuse(
        404,
        `The model \`${model}\` does not exist or you do not have access to it.`,
        'model_not_found',
      );
    case 'overload':
      return refuse(503, 'The engine is currently overloaded, please try again later.', null, 'server_error');
    case 'too_long':
      return refuse(
        400,
        'Your input exceeds the context window of this model. Please adjust your input and try again.',
        'context_length_exceeded',
      );
  }
}

/** Its own words, in OpenAI’s form; it has neither accounts nor moderation. */
function ollamaRefusal(kind: RefusalKind, { model }: AskOfModel): Refusal | undefined {
  const refuse = (status: number, message: string, type: string) => ({
    status,
    body: { error: { message, type, param: null, code: null } },
  });
  switch (kind) {
    case 'key':
      return refuse(401, 'unauthorized', 'authentication_error');
    case 'no_tools':
      return refuse(
        400,
        `registry.ollama.ai/library/${model} does not support tools`,
        'invalid_request_error',
      );
    case 'unknown_model':
      return refuse(404, `model "${model}" not found, try pulling it first`, 'not_found_error');
    case 'overload':
      return refuse(503, 'server busy, please try again.  maximum pending requests exceeded', 'api_error');
    case 'too_long':
      return refuse(400, 'the input length exceeds the context length', 'invalid_request_error');
    default:
      return undefined;
  }
}

/** https://openrouter.ai/docs/api-reference/errors */
function openRouterRefusal(kind: RefusalKind, { model, retryAfterSeconds }: AskOfModel): Refusal | undefined {
  const refuse = (code: number, message: string, metadata?: JsonValue) => ({
    status: code,
    body: { error: { message, code, ...(metadata === undefined ? {} : { metadata }) }, user_id: 'user_1' },
  });
  switch (kind) {
    case 'key':
      return refuse(401, 'User not found.');
    case 'no_credit':
      return refuse(402, 'Insufficient credits. Add more using https://openrouter.ai/settings/credits');
    case 'rate_limit': {
      const raw = `${model} is temporarily rate-limited upstream. Please retry shortly.`;
      const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
      return { ...refuse(429, 'Provider returned error', { raw, provider_name: 'Anthropic' }), headers };
    }
    case 'moderation':
      return refuse(
        403,
        `${model} requires moderation on Anthropic. Your input was flagged for "violence".`,
        {
          reasons: ['violence'],
          flagged_input: 'hi',
          provider_name: 'Anthropic',
        },
      );
    case 'no_tools':
      return refuse(404, 'No endpoints found that support tool use. Try disabling "read_file".');
    case 'unknown_model':
      return refuse(400, `${model} is not a valid model ID`);
    case 'overload':
      return refuse(503, 'Provider returned error', { raw: 'Overloaded', provider_name: 'Anthropic' });
    case 'too_long':
      return refuse(
        400,
        "This endpoint's maximum context length is 200000 tokens. However, you requested about 215342 tokens.",
      );
  }
}
