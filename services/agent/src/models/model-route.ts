import { PodexError } from '@podex/contracts/errors';
import { type ModelProvider, modelProvider } from '@podex/contracts/models';
import { leadingProvider, PROVIDER_VARIABLES, type ProviderSettings } from './provider-settings.ts';

/** Which provider serves a model, and the name that it knows the model by. */
export interface ModelRoute {
  provider: ModelProvider;
  modelId: string;
  /** `provider/name`, as it stands in events and usage. */
  name: string;
}

const KEY_OF: Record<ModelProvider, string> = {
  openrouter: 'OPENROUTER_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
  openai: 'OPENAI_API_KEY or OPENAI_BASE_URL',
  google: 'GOOGLE_API_KEY',
  ollama: 'OLLAMA_URL',
};

export function noModelConfigured(): PodexError<'no_model_configured'> {
  return new PodexError(
    'no_model_configured',
    `No model is configured. Set ${PROVIDER_VARIABLES.slice(0, -1).join(', ')} or ${PROVIDER_VARIABLES.at(-1)} for the agent service (DEFAULT_MODEL chooses among its models) and start it again.`,
    { variables: [...PROVIDER_VARIABLES] },
  );
}

/**
 * `provider/name` goes to that provider when it is set up. Any other name is passed on as it is: to the endpoint at
 * OPENAI_BASE_URL, else to OpenRouter for names of other vendors, else to the leading provider for names without one.
 *
 * @throws PodexError no_model_configured | model_not_available.
 */
export function routeModel(name: string, settings: ProviderSettings): ModelRoute {
  const leading = leadingProvider(settings);
  if (leading === undefined) throw noModelConfigured();
  const slash = name.indexOf('/');
  const prefix = modelProvider.safeParse(slash < 0 ? '' : name.slice(0, slash));
  if (prefix.success && settings[prefix.data] !== undefined && slash < name.length - 1) {
    return { provider: prefix.data, modelId: name.slice(slash + 1), name };
  }
  const passedTo = (provider: ModelProvider) => ({ provider, modelId: name, name: `${provider}/${name}` });
  if (settings.openai !== undefined && !settings.openai.isOpenAi) return passedTo('openai');
  if (slash >= 0 && settings.openrouter !== undefined) return passedTo('openrouter');
  if (!prefix.success) return passedTo(leading);
  throw new PodexError(
    'model_not_available',
    `The model ${name} needs ${KEY_OF[prefix.data]} in the agent service; choose another model or set it.`,
    { model: name },
  );
}
