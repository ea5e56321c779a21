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

/** https://docs.claude.com/en/docs/build-with-claude/streaming and /en/api/errors */
export const anthropicWire: VendorWire = {
  askedModel: (path, body) => (path === '/v1/messages' ? String(body.model) : undefined),
  stream,
  streamError: event(errorBody('overloaded_error', 'Overloaded'), 'error'),
  refusal,
  pages: {
    '/v1/models': {
      data: [
        {
          type: 'model',
          id: 'claude-sonnet-5-5',
          display_name: 'Claude Sonnet 5.5',
          created_at: '2026-08-01T00:00:00Z',
          max_input_tokens: 1_000_000,
          max_tokens: 128_000,
          capabilities: {
            image_input: { supported: true },
            thinking: {
              supported: true,
              types: { adaptive: { supported: true }, enabled: { supported: false } },
            },
            effort: {
              supported: true,
              low: { supported: true },
              medium: { supported: true },
              high: { supported: true },
              max: { supported: true },
            },
          },
        },
        // From before the list told abilities.
        {
          type: 'model',
          id: 'claude-haiku-4-5',
          display_name: 'Claude Haiku 4.5',
          created_at: '2025-10-01T00:00:00Z',
        },
      ],
      has_more: false,
      first_id: 'claude-sonnet-5-5',
      last_id: 'claude-haiku-4-5',
    },
  },
};

function stream(parts: readonly VendorPart[], model: string, ends: boolean): string[] {
  const usage = {
    input_tokens: 21,
    cache_creation_input_tokens: 40,
    cache_read_input_tokens: 400,
    output_tokens: 1,
  };
  const message = {
    id: 'msg_01',
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage,
  };
  const said = [
    event({ type: 'message_start', message }, 'message_start'),
    event({ type: 'ping' }, 'ping'),
    ...parts.flatMap((part, index) => block(part, index)),
  ];
  if (!ends) return said;
  const reason = parts.some(({ type }) => type === 'tool_call') ? 'tool_use' : 'end_turn';
  const delta = { stop_reason: reason, stop_sequence: null };
  return [
    ...said,
    event({ type: 'message_delta', delta, usage: { output_tokens: 15 } }, 'message_delta'),
    event({ type: 'message_stop' }, 'message_stop'),
  ];
}

function block(part: VendorPart, index: number): string[] {
  const delta = (value: JsonValue) =>
    event({ type: 'content_block_delta', index, delta: value }, 'content_block_delta');
  const whole = (start: JsonValue, deltas: string[]) => [
    event({ type: 'content_block_start', index, content_block: start }, 'content_block_start'),
    ...deltas,
    event({ type: 'content_block_stop', index }, 'content_block_stop'),
  ];
  switch (part.type) {
    case 'text':
      return whole(
        { type: 'text', text: '' },
        inPieces(part.text).map((text) => delta({ type: 'text_delta', text })),
      );
    case 'reasoning':
      return whole({ type: 'thinking', thinking: '', signature: '' }, [
        ...inPieces(part.text).map((thinking) => delta({ type: 'thinking_delta', thinking })),
        delta({ type: 'signature_delta', signature: part.proof }),
      ]);
    case 'tool_call':
      return whole(
        { type: 'tool_use', id: part.id, name: part.name, input: {} },
        ['', ...inPieces(part.args)].map((json) => delta({ type: 'input_json_delta', partial_json: json })),
      );
  }
}

function errorBody(type: string, message: string) {
  return { type: 'error', error: { type, message }, request_id: 'req_01' };
}

function refusal(kind: RefusalKind, { model, retryAfterSeconds }: AskOfModel): Refusal | undefined {
  const refuse = (status: number, type: string, message: string) => ({
    status,
    body: errorBody(type, message),
  });
  switch (kind) {
    case 'key':
      return refuse(401, 'authentication_error', 'invalid x-api-key');
    case 'no_credit':
      return refuse(
        400,
        'invalid_request_error',
        'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
      );
    case 'rate_limit': {
      const message =
        'This request would exceed your organization’s rate limit of 40,000 input tokens per minute.';
      const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
      return { ...refuse(429, 'rate_limit_error', message), headers };
    }
    case 'moderation':
      return refuse(400, 'invalid_request_error', 'Output blocked by content filtering policy');
    case 'no_tools':
      return undefined;
    case 'unknown_model':
      return refuse(404, 'not_found_error', `model: ${model}`);
    case 'overload':
      return refuse(529, 'overloaded_error', 'Overloaded');
    case 'too_long':
      return refuse(400, 'invalid_request_error', 'prompt is too long: 215342 tokens > 200000 maximum');
  }
}
