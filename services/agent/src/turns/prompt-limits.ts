import type { ConversationId } from '@podex/contracts/ids';

/** More conversations than one worker has turns of in a day; each takes a few bytes. */
const MAX_KNOWN = 10_000;

export interface PromptPlace {
  conversationId: ConversationId;
  /** The name of the model. */
  model: string;
}

/**
 * How long the prompt of a conversation may be, in characters, where a model said that it was too long. One that is full of numbers or of
 * another script has more tokens for its characters than others, so that what was learnt in it says nothing of them.
 */
export class PromptLimits {
  /** Oldest first. */
  readonly #known = new Map<string, number>();

  find(place: PromptPlace): number | undefined {
    return this.#known.get(keyOf(place));
  }

  learn(place: PromptPlace, maxCharacters: number): void {
    const key = keyOf(place);
    this.#known.delete(key);
    this.#known.set(key, maxCharacters);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }
}

function keyOf({ conversationId, model }: PromptPlace): string {
  return `${conversationId} ${model}`;
}
