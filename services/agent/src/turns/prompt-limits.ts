import type { ConversationId } from '@podex/contracts/ids';

/** More conversations than one worker has turns of in a day; each takes a few bytes. */
const MAX_KNOWN = 10_000;
/** Of English and code, on the safe side: held until the model’s provider has counted. */
const CHARACTERS_PER_TOKEN = 3;
/** A count outside of this is one of something else, such as of a prompt that the provider did not count again. */
const MAX_CHARACTERS_PER_TOKEN = 5;
/** Short prompts are mostly tools and system text. */
const MIN_MEASURED_TOKENS = 2000;

export interface PromptPlace {
  conversationId: ConversationId;
  /** The name of the model. */
  model: string;
}

interface Learnt {
  charactersPerToken?: number;
  /** The model said that a prompt of twice this was too long. */
  maxCharacters?: number;
}

/**
 * How long the messages of a prompt may be, in characters, for each conversation and model by itself. One that is full of numbers or of
 * another script has more tokens for its characters than others, so that what was learnt in it says nothing of them.
 */
export class PromptLimits {
  /** Oldest first. */
  readonly #known = new Map<string, Learnt>();

  maxCharacters(place: PromptPlace, maxTokens: number): number {
    const { charactersPerToken, maxCharacters } = this.#known.get(keyOf(place)) ?? {};
    const counted = Math.floor(maxTokens * (charactersPerToken ?? CHARACTERS_PER_TOKEN));
    return Math.min(counted, maxCharacters ?? counted);
  }

  /** The provider has counted a whole prompt: messages, tools and system text. */
  measure(place: PromptPlace, prompt: { characters: number; tokens: number }): void {
    if (prompt.tokens < MIN_MEASURED_TOKENS) return;
    const charactersPerToken = Math.min(prompt.characters / prompt.tokens, MAX_CHARACTERS_PER_TOKEN);
    this.#learn(place, { charactersPerToken });
  }

  shorten(place: PromptPlace, maxCharacters: number): void {
    this.#learn(place, { maxCharacters });
  }

  #learn(place: PromptPlace, learnt: Learnt): void {
    const key = keyOf(place);
    const before = this.#known.get(key);
    this.#known.delete(key);
    this.#known.set(key, { ...before, ...learnt });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }
}

function keyOf({ conversationId, model }: PromptPlace): string {
  return `${conversationId} ${model}`;
}
