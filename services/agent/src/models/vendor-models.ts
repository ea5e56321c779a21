import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import { assertNever, PodexError } from '@podex/contracts/errors';
import type { JSONValue, LanguageModel } from 'ai';
import type { ModelRoute } from './model-route.ts';
import type { ProviderSettings } from './provider-settings.ts';

export interface VendorModel {
  model: LanguageModel;
  /** Options of this vendor alone. */
  providerOptions: Record<string, Record<string, JSONValue>>;
  /** See VendorFinish. */
  namesReason: boolean;
}

/** The vendor’s client for a model. Makes no request. */
export function vendorModel(route: ModelRoute, settings: ProviderSettings): VendorModel {
  switch (route.provider) {
    case 'openrouter': {
      const { apiKey, baseUrl } = present(settings.openrouter, route);
      const provider = createOpenRouter({
        apiKey,
        baseURL: baseUrl,
        compatibility: 'strict',
        appName: 'Podex',
      });
      return plain(provider.chat(route.modelId, { usage: { include: true } }));
    }
    case 'anthropic': {
      const { apiKey, baseUrl } = present(settings.anthropic, route);
      return plain(createAnthropic({ apiKey, baseURL: baseUrl }).languageModel(route.modelId));
    }
    case 'openai': {
      const { apiKey, baseUrl, isOpenAi } = present(settings.openai, route);
      if (!isOpenAi || apiKey === undefined)
        return plain(compatibleModel('openai', baseUrl, route.modelId, apiKey));
      const model = createOpenAI({ apiKey, baseURL: baseUrl }).responses(route.modelId);
      // Nothing of a conversation is kept at the vendor; reasoning comes back encrypted and is sent again.
      return { model, providerOptions: { openai: { store: false } }, namesReason: false };
    }
    case 'ollama': {
      const { baseUrl } = present(settings.ollama, route);
      return plain(compatibleModel('ollama', `${baseUrl}/v1`, route.modelId, undefined));
    }
    default:
      return assertNever(route.provider);
  }
}

function plain(model: LanguageModel): VendorModel {
  return { model, providerOptions: {}, namesReason: true };
}

function compatibleModel(
  name: string,
  baseURL: string,
  modelId: string,
  apiKey: string | undefined,
): LanguageModel {
  const provider = createOpenAICompatible({
    name,
    baseURL,
    includeUsage: true,
    ...(apiKey === undefined ? {} : { apiKey }),
  });
  return provider.chatModel(modelId);
}

function present<Settings>(settings: Settings | undefined, route: ModelRoute): Settings {
  if (settings !== undefined) return settings;
  throw new PodexError('model_not_available', `${route.provider} is not set up.`, { model: route.name });
}
