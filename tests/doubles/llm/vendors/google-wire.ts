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

const ASK = /^\/v1beta\/models\/(.+):streamGenerateContent$/;

/** https://ai.google.dev/api/generate-content and https://ai.google.dev/gemini-api/docs/troubleshooting */
export const googleWire: VendorWire = {
  askedModel: (path) => ASK.exec(path)?.[1],
  stream,
  streamError: event(errorBody(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.')),
  refusal,
  pages: {
    '/v1beta/models': {
      models: [
        {
          name: 'models/gemini-3.5-flash',
          version: '3.5',
          displayName: 'Gemini 3.5 Flash',
          inputTokenLimit: 1_048_576,
          outputTokenLimit: 65_536,
          supportedGenerationMethods: ['generateContent', 'countTokens'],
          thinking: true,
        },
        {
          name: 'models/gemini-embedding-001',
          displayName: 'Embedding',
          supportedGenerationMethods: ['embedContent'],
        },
        {
          name: 'models/gemini-3.1-flash-tts',
          displayName: 'Speech',
          supportedGenerationMethods: ['generateContent'],
        },
      ],
    },
  },
};

function stream(parts: readonly VendorPart[], model: string, ends: boolean): string[] {
  const about = {
    usageMetadata: {
      promptTokenCount: 440,
      cachedContentTokenCount: 400,
      candidatesTokenCount: 10,
      thoughtsTokenCount: 5,
      totalTokenCount: 455,
    },
    modelVersion: model,
    responseId: 'resp-1',
  };
  const chunk = (spoken: JsonValue[], reason: Record<string, JsonValue> = {}) =>
    event({ candidates: [{ content: { parts: spoken, role: 'model' }, index: 0, ...reason }], ...about });
  const said = parts.flatMap((part) => spokenParts(part)).map((spoken) => chunk([spoken]));
  return ends ? [...said, chunk([{ text: '' }], { finishReason: 'STOP' })] : said;
}

/** A call comes whole; its arguments are a value, which no model of this vendor can leave half written. */
function spokenParts(part: VendorPart): JsonValue[] {
  switch (part.type) {
    case 'text':
      return inPieces(part.text).map((text) => ({ text }));
    case 'reasoning':
      return [
        ...inPieces(part.text).map((text) => ({ text, thought: true })),
        { text: '', thoughtSignature: part.proof },
      ];
    case 'tool_call':
      return [
        {
          functionCall: { id: part.id, name: part.name, args: JSON.parse(part.args) },
          thoughtSignature: `signed-${part.id}`,
        },
      ];
  }
}

function errorBody(code: number, status: string, message: string, details: JsonValue[] = []) {
  return { error: { code, message, status, ...(details.length === 0 ? {} : { details }) } };
}

function refusal(kind: RefusalKind, { model, retryAfterSeconds }: AskOfModel): Refusal | undefined {
  const refuse = (code: number, status: string, message: string, details?: JsonValue[]) => ({
    status: code,
    body: errorBody(code, status, message, details),
  });
  switch (kind) {
    case 'key': {
      const reason = {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'API_KEY_INVALID',
        domain: 'googleapis.com',
      };
      return refuse(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [reason]);
    }
    case 'no_credit': {
      const violation = {
        quotaMetric: 'generate_content_free_tier_requests',
        quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier',
        quotaValue: '50',
      };
      const message = 'You exceeded your current quota, please check your plan and billing details.';
      return refuse(429, 'RESOURCE_EXHAUSTED', message, [
        { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [violation] },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '36s' },
      ]);
    }
    case 'rate_limit': {
      const violation = { quotaId: 'GenerateRequestsPerMinutePerProjectPerModel', quotaValue: '10' };
      const message = 'You exceeded your current quota, please check your plan and billing details.';
      const retry = {
        '@type': 'type.googleapis.com/google.rpc.RetryInfo',
        retryDelay: `${retryAfterSeconds}s`,
      };
      return refuse(429, 'RESOURCE_EXHAUSTED', message, [
        { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [violation] },
        ...(retryAfterSeconds === undefined ? [] : [retry]),
      ]);
    }
    case 'moderation':
      return {
        stream: event({ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, responseId: 'resp-1' }),
      };
    case 'no_tools':
      return undefined;
    case 'unknown_model':
      return refuse(
        404,
        'NOT_FOUND',
        `models/${model} is not found for API version v1beta, or is not supported for generateContent.`,
      );
    case 'overload':
      return refuse(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.');
    case 'too_long':
      return refuse(
        400,
        'INVALID_ARGUMENT',
        'The input token count (1200345) exceeds the maximum number of tokens allowed (1048576).',
      );
  }
}
