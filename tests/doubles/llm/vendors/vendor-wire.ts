import type { JsonValue } from './json-value.ts';

/** What a model says, in no vendor’s terms. */
export type VendorPart =
  | { type: 'text'; text: string }
  /** `proof` is what the vendor wants back: a signature, or the reasoning itself encrypted. */
  | { type: 'reasoning'; text: string; proof: string }
  /** `args` is JSON, or what a model takes for it. */
  | { type: 'tool_call'; id: string; name: string; args: string };

export type RefusalKind =
  | 'key'
  | 'no_credit'
  | 'rate_limit'
  | 'moderation'
  | 'no_tools'
  | 'unknown_model'
  | 'overload'
  | 'too_long'
  /** Of reasoning. */
  | 'no_summaries';

/** A response that holds no word of the model: an error, or a stream that says so. */
export type Refusal =
  | { status: number; headers?: Record<string, string>; body: JsonValue }
  | { stream: string };

export interface AskOfModel {
  model: string;
  retryAfterSeconds?: number | undefined;
}

/** How one vendor’s API looks from outside. */
export interface VendorWire {
  /** The model that a request asks for a streamed response; undefined when it asks for something else. */
  askedModel(path: string, body: Record<string, unknown>): string | undefined;
  /** The stream as it is written, piece by piece. `ends` is false for one that stops without a word on why. */
  stream(parts: readonly VendorPart[], model: string, ends: boolean): string[];
  /** What comes in the middle of a stream when the vendor is overloaded; undefined where it has no such thing. */
  streamError: string | undefined;
  /** Undefined where the vendor has no such thing. */
  refusal(kind: RefusalKind, ask: AskOfModel): Refusal | undefined;
  /** Lists of models and the like, by path. */
  pages: Readonly<Record<string, JsonValue>>;
}

export function event(data: unknown, name?: string): string {
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
}

/** As a model streams it. */
export function inPieces(text: string): string[] {
  return text.match(/.{1,12}/gs) ?? [];
}
