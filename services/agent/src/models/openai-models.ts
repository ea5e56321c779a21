import { type ListedModel, listedModel } from './listed-model.ts';

/** OpenAI lists models of all kinds in one list; these can hold a conversation. */
const CHAT_MODELS =
  /^(gpt-\d|o\d|chatgpt-|codex-)(?!.*(audio|realtime|image|transcribe|tts|search|instruct))/;

/**
 * OpenAI’s list holds names alone. The sizes are those of its model pages (https://platform.openai.com/docs/models) as resellers of
 * the models repeat them, November 2026; the first that fits holds. A family that is not here has a size that nobody has told us.
 */
const CONTEXT_SIZES: readonly [family: RegExp, tokens: number][] = [
  [/^(gpt-5(\.\d)?-chat|chatgpt-|gpt-4o)/, 128_000],
  [/^gpt-5\.6-luna|^gpt-5\.4-(mini|nano)/, 400_000],
  [/^gpt-5\.[456]/, 1_050_000],
  [/^gpt-5/, 400_000],
  [/^gpt-4\.1/, 1_047_576],
  [/^o[134]/, 200_000],
];

const REASONING_MODELS = /^(o\d|gpt-([5-9]|\d\d)(?!(\.\d)?-chat)|codex-)/;
const IMAGE_MODELS = /^(gpt-(4o|4\.1|[5-9]|\d\d)|o[134]|chatgpt-)(?!.*mini-2024)/;
/** Fixed by OpenAI. */
const ONLY_HIGH = /^gpt-5-pro/;

export function isOpenAiChatModel(id: string): boolean {
  return CHAT_MODELS.test(id);
}

export function openAiModel(id: string): ListedModel {
  return listedModel(id, {
    contextTokens: CONTEXT_SIZES.find(([family]) => family.test(id))?.[1],
    abilities: {
      tools: true,
      images: IMAGE_MODELS.test(id) ? true : null,
      reasoning: REASONING_MODELS.test(id),
    },
    ...(ONLY_HIGH.test(id) ? { efforts: ['high'] } : {}),
  });
}
