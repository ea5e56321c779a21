import { z } from 'zod';
import { fetchJson } from './fetch-json.ts';
import { type ListedModel, listedModel } from './listed-model.ts';

/** Each is asked for by itself. */
const MAX_DESCRIBED = 100;

const tagList = z.object({ models: z.array(z.object({ name: z.string() })) });
/** https://docs.ollama.com/api-reference/show-model-details */
const description = z.object({
  capabilities: z.array(z.string()).optional().catch(undefined),
  model_info: z.record(z.string(), z.unknown()).optional().catch(undefined),
  /** Lines like `num_ctx 8192`, of the model’s Modelfile. */
  parameters: z.string().optional().catch(undefined),
});
/** Of models that are in memory: the context that they were given, which may be far below what they could have. */
const loadedList = z.object({
  models: z.array(
    z.object({ name: z.string(), context_length: z.number().int().optional().catch(undefined) }),
  ),
});

/** The models of an Ollama server, with what it says of each. @throws when it does not list them. */
export async function ollamaModels(baseUrl: string, signal: AbortSignal): Promise<ListedModel[]> {
  const [tags, loaded] = await Promise.all([
    fetchJson(`${baseUrl}/api/tags`, tagList, { signal }),
    fetchJson(`${baseUrl}/api/ps`, loadedList, { signal }).catch(() => ({ models: [] })),
  ]);
  const contexts = new Map(loaded.models.map((model) => [model.name, model.context_length]));
  const models = tags.models.map(async ({ name }, index) => {
    const shown = index < MAX_DESCRIBED ? await describe(baseUrl, name, signal) : {};
    return described(name, shown, contexts.get(name));
  });
  return Promise.all(models);
}

/** A model that the server does not describe is listed by its name. */
async function describe(
  baseUrl: string,
  model: string,
  signal: AbortSignal,
): Promise<z.infer<typeof description>> {
  const request = { method: 'POST', body: JSON.stringify({ model }), signal };
  return fetchJson(`${baseUrl}/api/show`, description, request).catch(() => ({}));
}

function described(
  name: string,
  { capabilities, model_info: facts = {}, parameters = '' }: z.infer<typeof description>,
  loadedContext: number | undefined,
): ListedModel {
  const can = (ability: string) => capabilities?.includes(ability) ?? null;
  const architecture = z.string().safeParse(facts['general.architecture']);
  const longest = z.number().safeParse(facts[`${architecture.data}.context_length`]);
  const configured = /^num_ctx\s+(\d+)\s*$/m.exec(parameters)?.[1];
  return listedModel(name, {
    contextTokens: loadedContext ?? (configured === undefined ? longest.data : Number(configured)),
    abilities: { tools: can('tools'), images: can('vision'), reasoning: can('thinking') },
  });
}
