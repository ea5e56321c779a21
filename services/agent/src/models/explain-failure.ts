import { APICallError, StreamProviderError } from 'ai';
import { z } from 'zod';
import { ModelFailure, type ModelFailureDetail } from './model-failure.ts';
import type { ModelRoute } from './model-route.ts';

const PROVIDER_TITLES = {
  openrouter: 'OpenRouter',
  anthropic: 'Anthropic',
  openai: 'OpenAI',
  google: 'Google',
  ollama: 'Ollama',
} as const;
const KEY_NAMES = {
  openrouter: 'OPENROUTER_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
  openai: 'OPENAI_API_KEY',
  google: 'GOOGLE_API_KEY',
  ollama: 'OLLAMA_URL',
} as const;

/** Statuses after which the same request may succeed; 529 is Anthropic’s “overloaded”. */
const RETRYABLE_STATUSES = new Set([408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529]);

const MAX_VENDOR_TEXT = 400;

/** `{ error: { message, code } }` and `{ error: "…" }`, as vendors send them. */
const vendorError = z.object({
  error: z.union([
    z.string().transform((message) => ({ message, code: undefined })),
    z.object({ message: z.string().optional(), code: z.union([z.string(), z.number()]).nullish() }),
  ]),
});

interface Facts {
  status: number | undefined;
  code: string | undefined;
  /** What the vendor says, cut. */
  said: string;
  headers: Record<string, string>;
  canRetry: boolean;
}

/** The cause and the cure of a failed model call, from whatever the vendor’s library threw. */
export function explainFailure(thrown: unknown, route: ModelRoute): ModelFailure {
  if (thrown instanceof ModelFailure) return thrown;
  const facts = factsOf(thrown);
  return new ModelFailure(detailOf(facts, route), { cause: thrown });
}

function detailOf(facts: Facts, route: ModelRoute): ModelFailureDetail {
  const provider = PROVIDER_TITLES[route.provider];
  const said = facts.said === '' ? '' : ` It says: ${facts.said}`;
  const failed = (message: string): ModelFailureDetail => ({
    code: 'model_failed',
    message: `${message}${said}`,
    canRetry: false,
    status: facts.status,
  });
  if (isOutOfCredit(facts)) {
    return failed(
      `${provider} rejected the request because the account has no credit left. Add credit, or choose another model.`,
    );
  }
  if (isModerated(facts)) {
    return failed(
      `${provider} did not pass the request on: its moderation flagged it. Say it in other words, or choose another model.`,
    );
  }
  if (isWithoutTools(facts)) {
    const message = `${provider} has nowhere to run ${route.modelId} with tools, which the agent needs. Choose another model.`;
    return { ...failed(message), code: 'model_not_available' };
  }
  if (isTooLong(facts)) {
    const message = `The conversation is longer than ${route.name} takes. Start a new conversation, or choose a model with a longer context.`;
    return { ...failed(message), isTooLong: true };
  }
  switch (facts.status) {
    case undefined:
      return {
        ...failed(`${provider} cannot be reached, or the connection broke off.`),
        canRetry: facts.canRetry,
      };
    case 401:
      return failed(
        `${provider} rejected the key (401). Check ${KEY_NAMES[route.provider]} of the agent service.`,
      );
    case 403:
      return failed(
        `${provider} does not allow this (403). Check what the key in ${KEY_NAMES[route.provider]} of the agent service may do, or choose another model.`,
      );
    case 404:
      return {
        ...failed(`${provider} has no model ${route.modelId}. Choose another model.`),
        code: 'model_not_available',
      };
    case 429:
      return {
        ...failed(
          `${provider} limits how fast it may be asked (429). Try again later, or choose another model.`,
        ),
        canRetry: true,
        retryAfterMs: retryAfterMs(facts.headers),
      };
    default:
      return {
        ...failed(`${provider} responded with status ${facts.status}.`),
        canRetry: facts.canRetry || RETRYABLE_STATUSES.has(facts.status),
        retryAfterMs: retryAfterMs(facts.headers),
      };
  }
}

function factsOf(thrown: unknown): Facts {
  if (APICallError.isInstance(thrown)) {
    const vendor = vendorError.safeParse(parseJson(thrown.responseBody)).data?.error;
    // A broken response is reported under the status that its beginning had.
    const status = thrown.statusCode === undefined || thrown.statusCode < 400 ? undefined : thrown.statusCode;
    return {
      status,
      code: vendor?.code?.toString(),
      said: cut(vendor?.message ?? (status === undefined ? causeText(thrown) : thrown.message)),
      headers: thrown.responseHeaders ?? {},
      canRetry: thrown.isRetryable,
    };
  }
  if (StreamProviderError.isInstance(thrown)) {
    const { statusCode: status, code, message, isRetryable } = thrown;
    return {
      status,
      code: code?.toString(),
      said: cut(message),
      headers: {},
      canRetry: isRetryable || status === undefined,
    };
  }
  // Network errors, streams that broke off, responses that are not of the protocol.
  const message = thrown instanceof Error ? thrown.message : JSON.stringify(thrown);
  return { status: undefined, code: undefined, said: cut(message), headers: {}, canRetry: true };
}

function causeText(error: Error): string {
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  const code = 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : '';
  return `${cause.message}${code}`;
}

function isOutOfCredit({ status, code, said }: Facts): boolean {
  return (
    status === 402 ||
    code === 'insufficient_quota' ||
    code === '402' ||
    (status === 400 && /credit balance is too low/i.test(said))
  );
}

/** OpenRouter’s 403, which is also its status for a key that may not do something. */
function isModerated({ status, said }: Facts): boolean {
  return status === 403 && /moderation|flagged/i.test(said);
}

/** OpenRouter’s 404 for a model that it has, but with no provider that takes tools. */
function isWithoutTools({ status, said }: Facts): boolean {
  return (
    (status === 404 || status === 400) && /(support|with) tool|tools? (is|are) not supported/i.test(said)
  );
}

/** As OpenAI, Anthropic, Gemini and local servers say it. */
const TOO_LONG =
  /context (length|window|size)|prompt is too long|maximum context|too many tokens|input token count.*exceeds|input is too long|maximum number of tokens/i;

/** Vendors name this only in words, but for OpenAI’s code. */
function isTooLong({ status, code, said }: Facts): boolean {
  if (code === 'context_length_exceeded' || status === 413) return true;
  return status === 400 && TOO_LONG.test(said);
}

/** `retry-after-ms`, else `retry-after` in seconds or as a date (RFC 9110 §10.2.3). */
export function retryAfterMs(headers: Record<string, string>, now = Date.now()): number | undefined {
  const exact = Number.parseFloat(headers['retry-after-ms'] ?? '');
  if (Number.isFinite(exact)) return Math.max(0, exact);
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function cut(text: string): string {
  return text.length <= MAX_VENDOR_TEXT ? text : `${text.slice(0, MAX_VENDOR_TEXT)}…`;
}
