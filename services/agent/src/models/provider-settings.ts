import type { ModelProvider } from '@podex/contracts/models';
import type { ModelConfig } from '../config.ts';

/** How each provider is reached; a provider that is not set up is left out. */
export interface ProviderSettings {
  openrouter?: { apiKey: string; baseUrl: string };
  anthropic?: { apiKey: string; baseUrl: string };
  /** `isOpenAi` is false for another endpoint of the same protocol, which may need no key. */
  openai?: { apiKey: string | undefined; baseUrl: string; isOpenAi: boolean; api: 'chat' | 'responses' };
  google?: { apiKey: string; baseUrl: string };
  ollama?: { baseUrl: string };
  preferred: ModelProvider | undefined;
  defaultModel: string | undefined;
}

/** What api says about the keys that the operator set there only. */
export interface SharedProviders {
  defaultProvider: ModelProvider | undefined;
  openrouterApiKey: string | undefined;
}

export type ProviderSettingsOptions = Omit<ModelConfig, 'isDemo'>;

/** Without a preference the first of these that is set up gives the default model. */
const PROVIDER_ORDER: readonly ModelProvider[] = ['openrouter', 'anthropic', 'openai', 'google', 'ollama'];

/** Set one of these and there is a model. */
export const PROVIDER_VARIABLES = [
  'OPENROUTER_API_KEY',
  'ANTHROPIC_API_KEY',
  'OPENAI_API_KEY',
  'OPENAI_BASE_URL',
  'GOOGLE_API_KEY',
  'OLLAMA_URL',
] as const;

export function providerSettings(
  options: ProviderSettingsOptions,
  shared: SharedProviders | undefined,
): ProviderSettings {
  const openrouterKey = options.openrouter.apiKey ?? shared?.openrouterApiKey;
  const { openrouter, anthropic, openai, google, ollamaUrl } = options;
  return {
    ...(openrouterKey === undefined
      ? {}
      : {
          openrouter: {
            apiKey: openrouterKey,
            baseUrl: openrouter.baseUrl ?? 'https://openrouter.ai/api/v1',
          },
        }),
    ...(anthropic.apiKey === undefined
      ? {}
      : {
          anthropic: {
            apiKey: anthropic.apiKey,
            baseUrl: anthropic.baseUrl ?? 'https://api.anthropic.com/v1',
          },
        }),
    ...(openai.apiKey === undefined && openai.baseUrl === undefined
      ? {}
      : {
          openai: {
            apiKey: openai.apiKey,
            baseUrl: openai.baseUrl ?? 'https://api.openai.com/v1',
            isOpenAi: openai.baseUrl === undefined,
            api: openai.baseUrl === undefined ? 'responses' : openai.api,
          },
        }),
    ...(google.apiKey === undefined
      ? {}
      : {
          google: {
            apiKey: google.apiKey,
            baseUrl: google.baseUrl ?? 'https://generativelanguage.googleapis.com/v1beta',
          },
        }),
    ...(ollamaUrl === undefined ? {} : { ollama: { baseUrl: ollamaUrl } }),
    preferred: options.preferredProvider ?? shared?.defaultProvider,
    defaultModel: options.defaultModel,
  };
}

export function configuredProviders(settings: ProviderSettings): ModelProvider[] {
  return PROVIDER_ORDER.filter((provider) => settings[provider] !== undefined);
}

/** The provider of the default model. */
export function leadingProvider(settings: ProviderSettings): ModelProvider | undefined {
  const configured = configuredProviders(settings);
  return settings.preferred !== undefined && configured.includes(settings.preferred)
    ? settings.preferred
    : configured[0];
}
