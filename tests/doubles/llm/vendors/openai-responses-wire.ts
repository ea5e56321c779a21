import { openAiRefusal } from './chat-wires.ts';
import type { JsonValue } from './json-value.ts';
import { event, inPieces, type VendorPart, type VendorWire } from './vendor-wire.ts';

/** https://platform.openai.com/docs/api-reference/responses-streaming */
export const openAiResponsesWire: VendorWire = {
  askedModel: (path, body) => (path === '/v1/responses' ? String(body.model) : undefined),
  stream,
  streamError: event(
    {
      type: 'response.failed',
      sequence_number: 90,
      response: {
        id: 'resp_01',
        object: 'response',
        status: 'failed',
        error: { code: 'server_error', message: 'The server is overloaded. Please try again.' },
        output: [],
      },
    },
    'response.failed',
  ),
  refusal: (kind, ask) => (kind === 'no_summaries' ? noSummaries : openAiRefusal(kind, ask)),
  pages: {
    '/v1/models': {
      object: 'list',
      data: ['gpt-5.6', 'gpt-4.1', 'whisper-1', 'text-embedding-3-large'].map((id) => ({
        id,
        object: 'model',
        created: 1,
        owned_by: 'system',
      })),
    },
  },
};

/** What an organisation hears that is not verified. */
const noSummaries = {
  status: 400,
  body: {
    error: {
      message:
        'Your organization must be verified to generate reasoning summaries. Please go to: https://platform.openai.com/settings/organization/general and click on Verify Organization.',
      type: 'invalid_request_error',
      param: 'reasoning.summary',
      code: 'unsupported_value',
    },
  },
};

type Item = Record<string, JsonValue>;

function stream(parts: readonly VendorPart[], model: string, ends: boolean): string[] {
  let sequence = 0;
  const say = (type: string, fields: Record<string, unknown>) => {
    sequence += 1;
    return event({ type, sequence_number: sequence, ...fields }, type);
  };
  const response = {
    id: 'resp_01',
    object: 'response',
    created_at: 1_790_000_000,
    model,
    status: 'in_progress',
    output: [],
    usage: null,
  };
  const said = [
    say('response.created', { response }),
    say('response.in_progress', { response }),
    ...parts.flatMap((part, index) => item(part, index, say)),
  ];
  if (!ends) return said;
  const usage = {
    input_tokens: 440,
    input_tokens_details: { cached_tokens: 400 },
    output_tokens: 15,
    output_tokens_details: { reasoning_tokens: 5 },
    total_tokens: 455,
  };
  return [...said, say('response.completed', { response: { ...response, status: 'completed', usage } })];
}

type Say = (type: string, fields: Record<string, unknown>) => string;

function item(part: VendorPart, index: number, say: Say): string[] {
  const whole = (id: string, began: Item, parts: string[], done: Item) => [
    say('response.output_item.added', { output_index: index, item: { id, ...began } }),
    ...parts,
    say('response.output_item.done', { output_index: index, item: { id, ...done } }),
  ];
  switch (part.type) {
    case 'text': {
      const id = `msg_${index}`;
      const place = { item_id: id, output_index: index, content_index: 0 };
      const content = { type: 'output_text', text: part.text, annotations: [], logprobs: [] };
      const message = { type: 'message', role: 'assistant' };
      return whole(
        id,
        { ...message, status: 'in_progress', content: [] },
        [
          say('response.content_part.added', { ...place, part: { ...content, text: '' } }),
          ...inPieces(part.text).map((delta) =>
            say('response.output_text.delta', { ...place, delta, logprobs: [] }),
          ),
          say('response.output_text.done', { ...place, text: part.text, logprobs: [] }),
          say('response.content_part.done', { ...place, part: content }),
        ],
        { ...message, status: 'completed', content: [content] },
      );
    }
    case 'reasoning': {
      const id = `rs_${index}`;
      const place = { item_id: id, output_index: index, summary_index: 0 };
      const summary = { type: 'summary_text', text: part.text };
      return whole(
        id,
        { type: 'reasoning', summary: [], encrypted_content: 'not whole yet' },
        [
          say('response.reasoning_summary_part.added', { ...place, part: { ...summary, text: '' } }),
          ...inPieces(part.text).map((delta) =>
            say('response.reasoning_summary_text.delta', { ...place, delta }),
          ),
          say('response.reasoning_summary_text.done', { ...place, text: part.text }),
          say('response.reasoning_summary_part.done', { ...place, part: summary }),
        ],
        { type: 'reasoning', summary: [summary], encrypted_content: part.proof },
      );
    }
    case 'tool_call': {
      const id = `fc_${index}`;
      const place = { item_id: id, output_index: index };
      const call = { type: 'function_call', call_id: part.id, name: part.name };
      return whole(
        id,
        { ...call, status: 'in_progress', arguments: '' },
        [
          ...inPieces(part.args).map((delta) =>
            say('response.function_call_arguments.delta', { ...place, delta }),
          ),
          say('response.function_call_arguments.done', { ...place, arguments: part.args }),
        ],
        { ...call, status: 'completed', arguments: part.args },
      );
    }
  }
}
