import { assertNever } from '@podex/contracts/errors';
import type { Model, ModelProvider } from '@podex/contracts/models';
import { within } from '@podex/service-kit/waiting';
import { z } from 'zod';
import type { ModelRoute } from './model-route.ts';
import { configuredProviders, type ProviderSettings } from './provider-settings.ts';

const LIST_TIMEOUT_MS = 3000;
const KEEP_MS = 300_000;
const KEEP_FAILURE_MS = 15_000;
const MAX_MODELS = 1000;

/** `max_model_len` is vLLM’s. */
const openAiList = z.object({
  data: z.array(z.object({ id: z.string(), max_model_len: z.number().optional().catch(undefined) })),
});
const anthropicList = z.object({
  data: z.array(z.object({ id: z.string(), display_name: z.string().optional() })),
});
const openRouterList = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      name: z.string().optional(),
      supported_parameters: z.array(z.string()).optional(),
      context_length: z.number().nullish().catch(undefined),
    }),
  ),
});
const ollamaList = z.object({ models: z.array(z.object({ name: z.string() })) });

export interface ListedModel {
  modelId: string;
  title: string;
  /** The size of its context, where the provider says it. */
  contextTokens?: number | undefined;
}

/** OpenAI lists models of all kinds in one list; these can hold a conversation. */
const OPENAI_CHAT_MODELS =
  /^(gpt-\d|o\d|chatgpt-|codex-)(?!.*(audio|realtime|image|transcribe|tts|search|instruct))/;

/** What a provider offers, as it says itself. @throws on anything but a list in time. */
async function fetchModels(
  provider: ModelProvider,
  settings: ProviderSettings,
  signal: AbortSignal,
): Promise<ListedModel[]> {
  switch (provider) {
    case 'openrouter': {
      const { data } = await fetchList(`${settings.openrouter?.baseUrl}/models`, openRouterList, signal, {});
      const withTools = data.filter((entry) => entry.supported_parameters?.includes('tools') ?? true);
      return withTools.map((entry) => ({
        modelId: entry.id,
        title: entry.name ?? entry.id,
        contextTokens: entry.context_length ?? undefined,
      }));
    }
    case 'anthropic': {
      const headers = { 'x-api-key': settings.anthropic?.apiKey ?? '', 'anthropic-version': '2023-06-01' };
      const { data } = await fetchList(
        `${settings.anthropic?.baseUrl}/models?limit=100`,
        anthropicList,
        signal,
        headers,
      );
      return data.map((entry) => ({ modelId: entry.id, title: entry.display_name ?? entry.id }));
    }
    case 'openai': {
      const key = settings.openai?.apiKey;
      const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
      const { data } = await fetchList(`${settings.openai?.baseUrl}/models`, openAiList, signal, headers);
      const fitting = settings.openai?.isOpenAi
        ? data.filter((entry) => OPENAI_CHAT_MODELS.test(entry.id))
        : data;
      return fitting.map(({ id, max_model_len: contextTokens }) => ({
        modelId: id,
        title: id,
        contextTokens,
      }));
    }
    case 'ollama': {
      const { models } = await fetchList(`${settings.ollama?.baseUrl}/api/tags`, ollamaList, signal, {});
      return models.map((entry) => ({ modelId: entry.name, title: entry.name }));
    }
    default:
      return assertNever(provider);
  }
}

async function fetchList<Schema extends z.ZodType>(
  url: string,
  schema: Schema,
  signal: AbortSignal,
  headers: Record<string, string>,
): Promise<z.output<Schema>> {
  const response = await fetch(url, { headers, signal });
  if (!response.ok) throw new Error(`${new URL(url).host} responded with status ${response.status}`);
  return schema.parse(await response.json());
}

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
        return models.map(({ modelId, title }) => ({ id: `${provider}/${modelId}`, provider, name: title }));
      }),
    );
    return lists.flat();
  }

  /** As the list of its provider had it last; asks nobody. */
  contextTokens({ provider, modelId }: ModelRoute): number | undefined {
    return this.#kept.get(provider)?.models?.find((model) => model.modelId === modelId)?.contextTokens;
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
