import { APICallError, JSONParseError, StreamProviderError, TypeValidationError } from 'ai';
import { z } from 'zod';

const MAX_VENDOR_TEXT = 400;

/** What is known of a failed model call, from whatever the vendor’s library threw. */
export interface VendorError {
  /** `protocol`: what came is not what this vendor says. */
  kind: 'refused' | 'unreachable' | 'protocol';
  /** Undefined for errors in a stream and of the network. */
  status: number | undefined;
  /** The vendor’s own words for what it is. */
  codes: readonly string[];
  /** What in the request it is about, where the vendor says so. */
  parameter: string | undefined;
  /** What the vendor says, cut. */
  said: string;
  headers: Record<string, string>;
  canRetry: boolean;
  /** In the body, as Google has it. */
  retryDelayMs: number | undefined;
}

/** Google’s `google.rpc` messages: ErrorInfo, QuotaFailure, RetryInfo. */
const detail = z.object({
  reason: z.string().optional(),
  retryDelay: z.string().optional(),
  violations: z.array(z.object({ quotaId: z.string().optional() })).optional(),
});
const errorObject = z.object({
  message: z.string().optional(),
  code: z.union([z.string(), z.number()]).nullish(),
  type: z.string().nullish(),
  param: z.string().nullish().catch(undefined),
  details: z.array(detail).optional().catch(undefined),
  // What OpenRouter’s own provider said; the message is then “Provider returned error”.
  metadata: z.object({ raw: z.string() }).optional().catch(undefined),
});
/** `{ error: { message, code } }` and `{ error: "…" }`, as vendors send them. */
const errorBody = z.object({
  error: z.union([z.string().transform((message) => ({ message })), errorObject]),
});
type ErrorObject = z.infer<typeof errorObject>;

export function readVendorError(thrown: unknown): VendorError {
  if (APICallError.isInstance(thrown)) return ofCall(thrown);
  if (StreamProviderError.isInstance(thrown)) {
    const { statusCode: status, message, isRetryable } = thrown;
    const code = thrown.code === undefined ? [] : [thrown.code.toString()];
    const canRetry = isRetryable || status === undefined;
    return { ...NOTHING, kind: 'refused', status, codes: code, said: cut(message), canRetry };
  }
  // Their own words hold what was not understood, and are for nobody to read.
  if (JSONParseError.isInstance(thrown) || TypeValidationError.isInstance(thrown))
    return { ...NOTHING, kind: 'protocol' };
  // Errors of the network, streams that broke off.
  const own = errorObject.safeParse(thrown).data;
  const said = cut(
    own?.message ?? (thrown instanceof Error ? thrown.message : (JSON.stringify(thrown) ?? String(thrown))),
  );
  return { ...NOTHING, kind: thrown instanceof Error ? 'unreachable' : 'refused', said };
}

const NOTHING = {
  status: undefined,
  codes: [],
  parameter: undefined,
  said: '',
  headers: {},
  canRetry: true,
  retryDelayMs: undefined,
} as const;

function ofCall(thrown: APICallError): VendorError {
  const vendor: ErrorObject = errorBody.safeParse(parseJson(thrown.responseBody)).data?.error ?? {};
  // A broken response is reported under the status that its beginning had.
  const status = thrown.statusCode === undefined || thrown.statusCode < 400 ? undefined : thrown.statusCode;
  const said = vendor.metadata?.raw ?? vendor.message;
  return {
    kind: status === undefined ? 'unreachable' : 'refused',
    status,
    codes: codesOf(vendor),
    parameter: vendor.param ?? undefined,
    said: cut(said ?? (status === undefined ? causeText(thrown) : thrown.message)),
    headers: thrown.responseHeaders ?? {},
    canRetry: thrown.isRetryable,
    retryDelayMs: secondsAsMs(vendor.details?.find(({ retryDelay }) => retryDelay !== undefined)?.retryDelay),
  };
}

function codesOf({ code, type, details = [] }: ErrorObject): string[] {
  const quotas = details.flatMap(({ violations = [] }) => violations.map(({ quotaId }) => quotaId));
  const all = [code?.toString(), type, ...details.map(({ reason }) => reason), ...quotas];
  return all.filter((one) => typeof one === 'string');
}

/** `36s`, as protocol buffers write a duration. */
function secondsAsMs(text: string | undefined): number | undefined {
  const seconds = Number.parseFloat(text ?? '');
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

function causeText(error: Error): string {
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  const code = 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : '';
  return `${cause.message}${code}`;
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
