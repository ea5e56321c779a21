import { z } from 'zod';

const MAX_UNPARSED_CHARACTERS = 2000;
const jsonObject = z.record(z.string(), z.unknown());

export type ToolArguments = Record<string, unknown>;

interface OpenCall {
  tool: string;
  text: string;
}

/**
 * The arguments of a response’s tool calls, as the model wrote them. What a vendor’s library makes of them is not enough: one takes an
 * object that is not whole for an empty one, another leaves the call out.
 */
export class ArgumentTexts {
  readonly #open = new Map<string, OpenCall>();

  begin(id: string, tool: string): void {
    this.#open.set(id, { tool, text: '' });
  }

  grow(id: string, delta: string): void {
    const call = this.#open.get(id);
    if (call !== undefined) call.text += delta;
  }

  /** The call is complete for the library, which read `input`. `{ unparsed, characters }` when it is no JSON object. */
  finish(id: string, input: unknown): ToolArguments {
    const written = this.#open.get(id)?.text ?? '';
    this.#open.delete(id);
    return written.trim() === '' ? objectOf(input) : objectOf(written);
  }

  /** Calls that were begun and never became complete. */
  takeUnfinished(): { id: string; tool: string; input: ToolArguments }[] {
    const left = [...this.#open].map(([id, { tool, text }]) => ({ id, tool, input: unparsed(text) }));
    this.#open.clear();
    return left;
  }
}

/** Some models write the object once more as a text. */
function objectOf(value: unknown): ToolArguments {
  const inner = typeof value === 'string' ? parsed(value) : value;
  const object = jsonObject.safeParse(typeof inner === 'string' ? parsed(inner) : inner);
  if (object.success) return object.data;
  return unparsed(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Its end says best where it was cut. */
function unparsed(text: string): ToolArguments {
  return { unparsed: text.slice(-MAX_UNPARSED_CHARACTERS), characters: text.length };
}
