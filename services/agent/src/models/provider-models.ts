import { assertNever } from '@podex/contracts/errors';
import type { ModelProvider, ReasoningEffort } from '@podex/contracts/models';
import { z } from 'zod';
import { fetchJson } from './fetch-json.ts';
import { EFFORTS, type ListedModel, listedModel } from './listed-model.ts';
import { ollamaModels } from './ollama-models.ts';
import { isOpenAiChatModel, openAiModel } from './openai-models.ts';
import type { ProviderSettings } from './provider-settings.ts';

/** A fact that is not of the kind that is expected is a fact that is not there. */
const tokens = z.number().int().positive().nullish().catch(undefined);
const words = z.array(z.string()).nullish().catch(undefined);

/** `max_model_len` is vLLM’s. */
const openAiList = z.object({ data: z.array(z.object({ id: z.string(), max_model_len: tokens })) });
const supported = z.object({ supported: z.boolean() });
/** https://docs.claude.com/en/api/models-list */
const anthropicList = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      display_name: z.string().optional(),
      max_input_tokens: tokens,
      capabilities: z
        .object({
          image_input: supported,
          thinking: supported,
          effort: supported.extend({ low: supported, medium: supported, high: supported }),
        })
        .partial()
        .nullish()
        .catch(undefined),
    }),
  ),
});
/** https://openrouter.ai/docs/api-reference/list-available-models */
const openRouterList = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      name: z.string().optional(),
      supported_parameters: words,
      context_length: tokens,
      architecture: z.object({ input_modalities: words }).nullish().catch(undefined),
    }),
  ),
});
/** https://ai.google.dev/api/models */
const googleList = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      displayName: z.string().optional(),
      inputTokenLimit: tokens,
      supportedGenerationMethods: words,
      thinking: z.boolean().optional().catch(undefined),
    }),
  ),
});

/** What a provider offers, as it says itself. @throws on anything but a list in time. */
export async function fetchModels(
  provider: ModelProvider,
  settings: ProviderSettings,
  signal: AbortSignal,
): Promise<ListedModel[]> {
  switch (provider) {
    case 'openrouter':
      return openRouterModels(
        await fetchJson(`${settings.openrouter?.baseUrl}/models`, openRouterList, { signal }),
      );
    case 'anthropic': {
      const headers = { 'x-api-key': settings.anthropic?.apiKey ?? '', 'anthropic-version': '2023-06-01' };
      const url = `${settings.anthropic?.baseUrl}/models?limit=100`;
      return anthropicModels(await fetchJson(url, anthropicList, { signal, headers }));
    }
    case 'openai': {
      const key = settings.openai?.apiKey;
      const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
      const { data } = await fetchJson(`${settings.openai?.baseUrl}/models`, openAiList, {
        signal,
        headers,
      });
      if (settings.openai?.isOpenAi === true)
        return data.filter(({ id }) => isOpenAiChatModel(id)).map(({ id }) => openAiModel(id));
      if (settings.openai?.api === 'responses') return data.map(({ id }) => openAiModel(id));
      return data.map(({ id, max_model_len: contextTokens }) => listedModel(id, { contextTokens }));
    }
    case 'google': {
      const headers = { 'x-goog-api-key': settings.google?.apiKey ?? '' };
      return googleModels(
        await fetchJson(`${settings.google?.baseUrl}/models?pageSize=1000`, googleList, { signal, headers }),
      );
    }
    case 'ollama':
      return ollamaModels(settings.ollama?.baseUrl ?? '', signal);
    default:
      return assertNever(provider);
  }
}

/** Models without tools are of no use to an agent. */
function openRouterModels({ data }: z.infer<typeof openRouterList>): ListedModel[] {
  const takes = (parameters: readonly string[] | null | undefined, name: string) =>
    parameters === undefined || parameters === null ? null : parameters.includes(name);
  return data
    .map((entry) =>
      listedModel(entry.id, {
        title: entry.name,
        contextTokens: entry.context_length,
        abilities: {
          tools: takes(entry.supported_parameters, 'tools'),
          images: takes(entry.architecture?.input_modalities, 'image'),
          reasoning: takes(entry.supported_parameters, 'reasoning'),
        },
      }),
    )
    .filter(({ abilities }) => abilities.tools !== false);
}

function anthropicModels({ data }: z.infer<typeof anthropicList>): ListedModel[] {
  return data.map(({ id, display_name: title, max_input_tokens: contextTokens, capabilities }) => {
    const { effort, thinking } = capabilities ?? {};
    const named = (level: ReasoningEffort) => effort?.[level].supported === true;
    return listedModel(id, {
      title,
      contextTokens,
      abilities: {
        tools: true,
        images: capabilities?.image_input?.supported ?? null,
        reasoning: thinking?.supported ?? null,
      },
      // Models before the efforts take a number of tokens in their place.
      efforts: effort?.supported === true ? EFFORTS.filter(named) : undefined,
    });
  });
}

function googleModels({ models }: z.infer<typeof googleList>): ListedModel[] {
  return models
    .map((entry) => ({ ...entry, id: entry.name.replace(/^models\//, '') }))
    .filter(
      ({ id, supportedGenerationMethods: methods }) =>
        methods?.includes('generateContent') !== false && CONVERSING_GOOGLE_MODELS.test(id),
    )
    .map(({ id, displayName, inputTokenLimit, thinking = false }) =>
      listedModel(id, {
        title: displayName,
        contextTokens: inputTokenLimit,
        abilities: { tools: true, images: true, reasoning: thinking },
      }),
    );
}

/** The list holds models that speak, paint or drive robots as well. */
const CONVERSING_GOOGLE_MODELS = /^gemini-(?!.*(image|tts|audio|live|robotics|embedding|computer-use))/;
