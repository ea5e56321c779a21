import type { Model, ModelProvider } from '@podex/contracts/models';

const PROVIDER_TITLES: Record<ModelProvider, string> = {
  openrouter: 'OpenRouter',
  anthropic: 'Anthropic',
  openai: 'OpenAI',
  google: 'Google',
  ollama: 'Ollama',
};

/** What a person chooses a model by, as far as its provider says it: who serves it, its context, what it can do. */
export function modelNote({ provider, context_tokens: context, abilities }: Model): string {
  const can = [
    ...(abilities.images === true ? ['images'] : []),
    ...(abilities.reasoning === true ? ['reasoning'] : []),
  ];
  const facts = [
    PROVIDER_TITLES[provider],
    ...(context === null ? [] : [`${tokenCount(context)} context`]),
    ...(can.length === 0 ? [] : [can.join(', ')]),
    ...(abilities.tools === false ? ["can't use tools"] : []),
  ];
  return facts.join(' · ');
}

/** 200k, 1M: rounded down, as nobody may rely on more. */
function tokenCount(tokens: number): string {
  return tokens < 1_000_000 ? `${Math.floor(tokens / 1000)}k` : `${Math.floor(tokens / 100_000) / 10}M`;
}
