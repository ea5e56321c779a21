import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogle } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import { assertNever, PodexError } from '@podex/contracts/errors';
import type { ReasoningEffort } from '@podex/contracts/models';
import type { JSONValue, LanguageModel } from 'ai';
import type { ModelRoute } from './model-route.ts';
import type { ProviderSettings } from './provider-settings.ts';

export interface Reasoning {
  /** False as well when nobody says. */
  canReason: boolean;
  /** Undefined: as the vendor has it. */
  effort: ReasoningEffort | undefined;
  /** Whether the vendor is asked for a summary of it, where that is something to ask for. */
  isSummarized: boolean;
}

export interface VendorModel {
  model: LanguageModel;
  /** Options of this vendor alone. */
  providerOptions: Record<string, Record<string, JSONValue>>;
  /** For the library to hand on in the vendor’s terms; undefined where the options hold it already. */
  effort: ReasoningEffort | undefined;
  /** See VendorFinish. */
  namesReason: boolean;
}

/** Claude from 4.6 on reasons as much as it needs; older ones only when they are told how much. */
const CLAUDE_THAT_ADAPTS = /^claude-[a-z]+-(4-[6-9]|[5-9]|\d\d)/;

/** The vendor’s client for a model. Makes no request. */
export function vendorModel(
  route: ModelRoute,
  settings: ProviderSettings,
  { canReason, effort, isSummarized }: Reasoning,
): VendorModel {
  switch (route.provider) {
    case 'openrouter': {
      const { apiKey, baseUrl } = present(settings.openrouter, route);
      const provider = createOpenRouter({
        apiKey,
        baseURL: baseUrl,
        compatibility: 'strict',
        appName: 'Podex',
      });
      const reasoning = effort === undefined ? {} : { reasoning: { effort } };
      return plain(provider.chat(route.modelId, { usage: { include: true }, ...reasoning }), undefined);
    }
    case 'anthropic': {
      const { apiKey, baseUrl } = present(settings.anthropic, route);
      const model = createAnthropic({ apiKey, baseURL: baseUrl }).languageModel(route.modelId);
      // Without it the newest models reason and do not show it.
      const thinking = { type: 'adaptive', display: 'summarized' };
      const providerOptions = CLAUDE_THAT_ADAPTS.test(route.modelId) ? { anthropic: { thinking } } : {};
      return { ...plain(model, effort), providerOptions };
    }
    case 'openai': {
      const { apiKey, baseUrl, api } = present(settings.openai, route);
      if (api === 'chat') return plain(compatibleModel('openai', baseUrl, route.modelId, apiKey), effort);
      // The library wants a key, and an endpoint that needs none does not look at it.
      const model = createOpenAI({ apiKey: apiKey ?? 'none', baseURL: baseUrl }).responses(route.modelId);
      // Nothing of a conversation is kept at the vendor; reasoning comes back encrypted and is sent again.
      const summary = isSummarized ? { reasoningSummary: 'auto' } : {};
      const providerOptions = { openai: { store: false, ...summary } };
      return { model, providerOptions, effort, namesReason: false };
    }
    case 'google': {
      const { apiKey, baseUrl } = present(settings.google, route);
      const model = createGoogle({ apiKey, baseURL: baseUrl }).languageModel(route.modelId);
      const thinkingConfig = { includeThoughts: true };
      return { ...plain(model, effort), providerOptions: canReason ? { google: { thinkingConfig } } : {} };
    }
    case 'ollama': {
      const { baseUrl } = present(settings.ollama, route);
      return plain(compatibleModel('ollama', `${baseUrl}/v1`, route.modelId, undefined), effort);
    }
    default:
      return assertNever(route.provider);
  }
}

function plain(model: LanguageModel, effort: ReasoningEffort | undefined): VendorModel {
  return { model, providerOptions: {}, effort, namesReason: true };
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
