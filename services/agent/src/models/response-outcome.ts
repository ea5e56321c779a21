/**
 * How a response ended, in no vendor’s terms. `whole`: the model was done. `truncated`: cut at the longest response it may give.
 * `refused`: the model or its provider withheld it, or the rest of it. `broken`: the stream ended and said none of these.
 */
export type ResponseOutcome = 'whole' | 'truncated' | 'refused' | 'broken';

export interface VendorFinish {
  /** The library’s word for it. */
  unified: string;
  /** The vendor’s own; undefined where its stream named none. */
  raw: string | undefined;
  /** OpenAI’s Responses name a reason only for what is incomplete, and say in another way that a response is complete. */
  namesReason: boolean;
}

/** Gemini’s reasons (`FinishReason` of its API) and Anthropic’s, which some gateways hand on as they are. */
const WITHHELD = /safety|refus|recitation|blocklist|prohibited|spii|content.?filter/i;

/** What the library makes of a missing reason differs from vendor to vendor, and may look like a good end. */
export function outcomeOf({ unified, raw, namesReason }: VendorFinish): ResponseOutcome {
  if (unified === 'length') return 'truncated';
  if (unified === 'content-filter' || WITHHELD.test(raw ?? '')) return 'refused';
  if (unified === 'error' || unified === 'interrupted') return 'broken';
  return raw === undefined && namesReason ? 'broken' : 'whole';
}
