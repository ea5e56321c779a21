import type { ModelProvider } from '@podex/contracts/models';
import type { ModelCatalog } from './model-catalog.ts';
import { leadingProvider, type ProviderSettings } from './provider-settings.ts';

/**
 * Used when neither the conversation nor DEFAULT_MODEL names a model. OpenRouter’s router chooses by itself; the others are
 * the vendors’ middle models. Servers that hold whatever was put there use the first one they list.
 */
const PRESETS: Partial<Record<ModelProvider, string>> = {
  openrouter: 'openrouter/auto',
  anthropic: 'claude-sonnet-5-5',
  openai: 'gpt-5.6',
  google: 'gemini-3.5-flash',
};

/** The name of the platform’s default model; undefined when there is none to name. */
export async function defaultModel(
  settings: ProviderSettings,
  catalog: ModelCatalog,
): Promise<string | undefined> {
  if (settings.defaultModel !== undefined) return settings.defaultModel;
  const provider = leadingProvider(settings);
  if (provider === undefined) return undefined;
  const listsItsOwn = provider === 'ollama' || (provider === 'openai' && settings.openai?.isOpenAi === false);
  const modelId = listsItsOwn ? (await catalog.of(provider, settings))?.[0]?.modelId : PRESETS[provider];
  return modelId === undefined ? undefined : `${provider}/${modelId}`;
}
