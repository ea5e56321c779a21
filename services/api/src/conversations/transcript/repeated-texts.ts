import type { ApprovalPreview } from '@podex/contracts/conversations';

/** A text that begins with the first `characters` of the text `key` of the input, and goes on with `rest`. */
export interface SharedText {
  key: string;
  characters: number;
  rest: string;
}

/** By the name that they have in the preview. */
export type SharedTexts = Record<string, SharedText>;

type Input = Readonly<Record<string, unknown>>;

const NAMES = ['command', 'before', 'after'];
/** What a reference takes is not worth less. */
const SHARED_CHARACTERS_MIN = 500;

/** A preview without what the input says already. `shared` is undefined when they have nothing long in common. */
export function withoutShared(
  preview: ApprovalPreview,
  input: Input,
): { preview: ApprovalPreview; shared: SharedTexts | undefined } {
  const texts: Readonly<Record<string, unknown>> = preview;
  const shared = Object.fromEntries(
    NAMES.flatMap((name) => {
      const text = texts[name];
      const found = typeof text === 'string' ? findShared(text, input) : undefined;
      return found === undefined ? [] : [[name, found]];
    }),
  );
  if (Object.keys(shared).length === 0) return { preview, shared: undefined };
  const emptied = Object.fromEntries(Object.keys(shared).map((name) => [name, '']));
  return { preview: { ...preview, ...emptied }, shared };
}

/** The whole preview again. */
export function withShared(
  preview: ApprovalPreview,
  shared: SharedTexts | null,
  input: Input,
): ApprovalPreview {
  if (shared === null) return preview;
  const texts = Object.entries(shared).map(([name, { key, characters, rest }]) => {
    const text = input[key];
    return [name, typeof text === 'string' ? text.slice(0, characters) + rest : rest];
  });
  return { ...preview, ...Object.fromEntries(texts) };
}

function findShared(text: string, input: Input): SharedText | undefined {
  let best: SharedText | undefined;
  for (const [key, value] of Object.entries(input)) {
    const characters = typeof value === 'string' ? commonStart(text, value) : 0;
    if (characters < SHARED_CHARACTERS_MIN || characters <= (best?.characters ?? 0)) continue;
    best = { key, characters, rest: text.slice(characters) };
  }
  return best;
}

/** Never in the middle of a pair of surrogates. */
function commonStart(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one.charCodeAt(length) === other.charCodeAt(length)) length += 1;
  const last = one.charCodeAt(length - 1);
  return last >= 0xd800 && last <= 0xdbff ? length - 1 : length;
}
