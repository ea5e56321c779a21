import type { Model, ModelProvider } from '@podex/contracts/models';
import { within } from '@podex/service-kit/waiting';
import type { ListedModel } from './listed-model.ts';
import type { ModelRoute } from './model-route.ts';
import { fetchModels } from './provider-models.ts';
import { configuredProviders, type ProviderSettings } from './provider-settings.ts';

const LIST_TIMEOUT_MS = 3000;
const KEEP_MS = 300_000;
const KEEP_FAILURE_MS = 15_000;
const MAX_MODELS = 1000;

interface Kept {
  models: ListedModel[] | undefined;
  until: number;
}

/**
 * Lists of models, kept for five minutes. A provider that does not respond in three seconds is left out, and asked again after
 * fifteen.
 */
export class ModelCatalog {
  readonly #kept = new Map<ModelProvider, Kept>();
  readonly #onFailure: (provider: ModelProvider, error: unknown) => void;

  constructor(onFailure: (provider: ModelProvider, error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  async list(settings: ProviderSettings): Promise<Omit<Model, 'default'>[]> {
    const lists = await Promise.all(
      configuredProviders(settings).map(async (provider) => {
        const models = (await this.of(provider, settings)) ?? [];
        return models.map((model) => presentModel(provider, model));
      }),
    );
    return lists.flat();
  }

  /** What its provider says of a model; the provider is asked unless it has told its models before. */
  async find(
    { provider, modelId }: ModelRoute,
    settings: ProviderSettings,
  ): Promise<ListedModel | undefined> {
    const models = this.#kept.get(provider)?.models ?? (await this.of(provider, settings));
    // Ollama adds `:latest` to names without a tag.
    return models?.find((model) => model.modelId === modelId || model.modelId === `${modelId}:latest`);
  }

  /** Undefined when the provider does not say. */
  async of(provider: ModelProvider, settings: ProviderSettings): Promise<ListedModel[] | undefined> {
    const kept = this.#kept.get(provider);
    if (kept !== undefined && kept.until > Date.now()) return kept.models;
    try {
      const models = await within({ timeoutMs: LIST_TIMEOUT_MS }, (signal) =>
        fetchModels(provider, settings, signal),
      );
      this.#kept.set(provider, { models: models.slice(0, MAX_MODELS), until: Date.now() + KEEP_MS });
    } catch (error) {
      this.#onFailure(provider, error);
      this.#kept.set(provider, { models: kept?.models, until: Date.now() + KEEP_FAILURE_MS });
    }
    return this.#kept.get(provider)?.models;
  }
}

export function presentModel(provider: ModelProvider, model: ListedModel): Omit<Model, 'default'> {
  return {
    id: `${provider}/${model.modelId}`,
    provider,
    name: model.title,
    context_tokens: model.contextTokens ?? null,
    abilities: model.abilities,
    reasoning_efforts: model.efforts,
  };
}
