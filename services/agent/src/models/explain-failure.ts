import { ModelFailure, type ModelFailureDetail } from './model-failure.ts';
import type { ModelRoute } from './model-route.ts';
import { readVendorError, type VendorError } from './vendor-error.ts';

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

/** The cause and the cure of a failed model call, from whatever the vendor’s library threw. */
export function explainFailure(thrown: unknown, route: ModelRoute): ModelFailure {
  if (thrown instanceof ModelFailure) return thrown;
  return new ModelFailure(detailOf(readVendorError(thrown), route), { cause: thrown });
}

/** Of a stream that ended without saying that its response is complete. */
export function endedEarly({ provider }: ModelRoute): ModelFailure {
  return new ModelFailure({
    code: 'model_failed',
    message: `${PROVIDER_TITLES[provider]} ended its response before it was complete.`,
    canRetry: true,
  });
}

/** What fails for good for a reason of the request or the account, as a message and what makes it so. */
function lastingFailure(
  error: VendorError,
  route: ModelRoute,
): Pick<ModelFailureDetail, 'code' | 'message' | 'isTooLong'> | undefined {
  const provider = PROVIDER_TITLES[route.provider];
  const keyName = KEY_NAMES[route.provider];
  const failed = (message: string) => ({ code: 'model_failed', message }) as const;
  const notAvailable = (message: string) => ({ code: 'model_not_available', message }) as const;
  const { status, codes } = error;
  switch (true) {
    case isOutOfCredit(error):
      return failed(
        `${provider} rejected the request because the account has no credit left. Add credit, or choose another model.`,
      );
    case isOutOfDailyQuota(error):
      return failed(
        `${provider} rejected the request because the account has used up its quota of today. Go on tomorrow, raise the quota, or choose another model.`,
      );
    case isModerated(error):
      return failed(
        `${provider} did not let the request pass: its moderation flagged it. Say it in other words, or choose another model.`,
      );
    case isWithoutTools(error):
      return notAvailable(
        `${provider} has nowhere to run ${route.modelId} with tools, which the agent needs. Choose another model.`,
      );
    case isTooLong(error): {
      const message = `The conversation is longer than ${route.name} takes. Start a new conversation, or choose a model with a longer context.`;
      return { ...failed(message), isTooLong: true };
    }
    case isUnknownModel(error):
      return notAvailable(`${provider} has no model ${route.modelId}. Choose another model.`);
    case status === 401 || codes.includes('API_KEY_INVALID'):
      return failed(`${provider} rejected the key (${status}). Check ${keyName} of the agent service.`);
    case status === 403:
      return failed(
        `${provider} does not allow this (403). Check what the key in ${keyName} of the agent service may do, or choose another model.`,
      );
    default:
      return undefined;
  }
}

/** What may pass, and how it is said. */
function passingFailure({ kind, status, canRetry }: VendorError, provider: string) {
  if (kind === 'protocol')
    return { message: `${provider} sent a response that can’t be read.`, canRetry: true };
  if (kind === 'unreachable')
    return { message: `${provider} cannot be reached, or the connection broke off.`, canRetry };
  if (status === undefined) return { message: `${provider} failed in the middle of its response.`, canRetry };
  if (status === 429) {
    const message = `${provider} limits how fast it may be asked (429). Try again later, or choose another model.`;
    return { message, canRetry: true };
  }
  const message = `${provider} responded with status ${status}.`;
  return { message, canRetry: canRetry || RETRYABLE_STATUSES.has(status) };
}

function detailOf(error: VendorError, route: ModelRoute): ModelFailureDetail {
  if (/without a finish reason/.test(error.said)) return endedEarly(route).detail;
  const said = error.said === '' ? '' : ` It says: ${error.said}`;
  const lasting = error.kind === 'refused' ? lastingFailure(error, route) : undefined;
  if (lasting !== undefined)
    return { ...lasting, message: `${lasting.message}${said}`, canRetry: false, status: error.status };
  const { message, canRetry } = passingFailure(error, PROVIDER_TITLES[route.provider]);
  const retryAfter = error.retryDelayMs ?? retryAfterMs(error.headers);
  return {
    code: 'model_failed',
    message: `${message}${said}`,
    canRetry,
    status: error.status,
    retryAfterMs: retryAfter,
  };
}

function isOutOfCredit({ status, codes, said }: VendorError): boolean {
  return (
    status === 402 ||
    codes.includes('insufficient_quota') ||
    codes.includes('402') ||
    (status === 400 && /credit balance is too low/i.test(said))
  );
}

/** Google’s 429, which asks for another try in seconds all the same. */
function isOutOfDailyQuota({ status, codes }: VendorError): boolean {
  return status === 429 && codes.some((code) => /PerDay/.test(code));
}

/** OpenRouter’s 403, which is also its status for a key that may not do something; others have 400. */
function isModerated({ status, codes, said }: VendorError): boolean {
  if (codes.some((code) => /^(invalid_prompt|content_policy_violation|content_filter)$/.test(code)))
    return true;
  return (status === 403 || status === 400) && /moderation|flagged|content (filter|polic)/i.test(said);
}

/** OpenRouter’s 404 for a model that it has, but with no provider that takes tools. */
function isWithoutTools({ status, said }: VendorError): boolean {
  return (
    (status === 404 || status === 400) && /(support|with) tool|tools? (is|are) not supported/i.test(said)
  );
}

/** OpenRouter says it with 400. */
function isUnknownModel({ status, codes, said }: VendorError): boolean {
  return (
    status === 404 ||
    (status === 400 && (codes.includes('model_not_found') || /not a valid model/i.test(said)))
  );
}

/** As OpenAI, Anthropic, Gemini and local servers say it. */
const TOO_LONG =
  /context (length|window|size)|prompt is too long|maximum context|too many tokens|input token count.*exceeds|input is too long|maximum number of tokens/i;

/** Vendors name this only in words, but for OpenAI’s code. */
function isTooLong({ status, codes, said }: VendorError): boolean {
  if (codes.includes('context_length_exceeded') || status === 413) return true;
  return (status === 400 || status === undefined) && TOO_LONG.test(said);
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
