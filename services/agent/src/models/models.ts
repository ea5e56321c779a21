import { PodexError } from '@podex/contracts/errors';
import type { Model, ModelList, ReasoningEffort } from '@podex/contracts/models';
import type { Logger } from '@podex/service-kit/logger';
import { within } from '@podex/service-kit/waiting';
import { z } from 'zod';
import type { ModelConfig } from '../config.ts';
import { type AskOptions, askModel } from './ask-model.ts';
import { defaultModel } from './default-model.ts';
import { listedModel } from './listed-model.ts';
import { ModelCatalog, presentModel } from './model-catalog.ts';
import type { ModelPart } from './model-part.ts';
import { type ModelRoute, noModelConfigured, routeModel } from './model-route.ts';
import type { Prompt } from './prompt-message.ts';
import {
  configuredProviders,
  type ProviderSettings,
  providerSettings,
  type SharedProviders,
} from './provider-settings.ts';
import { ReasoningSummaries } from './reasoning-summaries.ts';
import type { Reasoning } from './vendor-models.ts';

const SHARED_KEEP_MS = 60_000;
/** Nearly every model that serves agents takes so much. */
const UNKNOWN_CONTEXT_TOKENS = 160_000;
/** The rest of the context is for the tools and the response. */
const PROMPT_PART = 0.75;
const TOURS_TIMEOUT_MS = 2000;
const tourList = z.object({ tours: z.array(z.string()) });

/** A model that was chosen and can be asked. */
export interface ChosenModel {
  name: string;
  provider: string;
  /** How long the messages of a prompt may be, as far as is known. */
  maxPromptTokens: number;
  ask(prompt: Prompt, signal: AbortSignal): AsyncGenerator<ModelPart>;
}

interface AskedReasoning {
  reasoning: Omit<Reasoning, 'isSummarized'>;
}

export interface ModelsOptions {
  config: ModelConfig;
  logger: Logger;
  /** Asks api for the keys that the operator set there only. */
  fetchShared: () => Promise<SharedProviders>;
}

/** Every model that the operator’s keys and addresses reach. */
export class Models {
  readonly #options: ModelsOptions;
  readonly #catalog: ModelCatalog;
  readonly #summaries = new ReasoningSummaries();
  #shared: { value: Promise<SharedProviders | undefined>; until: number } = {
    value: Promise.resolve(undefined),
    until: 0,
  };

  constructor(options: ModelsOptions) {
    this.#options = options;
    this.#catalog = new ModelCatalog((provider, error) =>
      options.logger.warn({ err: error, provider }, 'models.list_failed'),
    );
  }

  /**
   * @param effort how much it reasons before it responds, where it can be told.
   * @throws PodexError no_model_configured | model_not_available.
   */
  async choose(name: string | null, effort: ReasoningEffort | null): Promise<ChosenModel> {
    const settings = await this.#settings();
    const chosen = name ?? (await defaultModel(settings, this.#catalog));
    if (chosen === undefined) throw this.#nothingToChoose(settings);
    const route = routeModel(chosen, settings);
    const listed = (await this.#catalog.find(route, settings)) ?? listedModel(route.modelId);
    const reasoning = {
      canReason: listed.abilities.reasoning === true,
      effort: listed.efforts.find((level) => level === effort),
    };
    return {
      name: route.name,
      provider: route.provider,
      maxPromptTokens: Math.floor((listed.contextTokens ?? UNKNOWN_CONTEXT_TOKENS) * PROMPT_PART),
      ask: (prompt, signal) => this.#ask({ route, settings, reasoning, prompt, signal }),
    };
  }

  async *#ask({
    reasoning,
    ...options
  }: Omit<AskOptions, 'reasoning'> & AskedReasoning): AsyncGenerator<ModelPart> {
    const isSummarized = this.#summaries.areGiven;
    try {
      yield* askModel({ ...options, reasoning: { ...reasoning, isSummarized } });
    } catch (error) {
      if (!isSummarized || !this.#summaries.noteFailure(error)) throw error;
      yield* askModel({ ...options, reasoning: { ...reasoning, isSummarized: false } });
    }
  }

  /** Never fails: a provider that does not respond is left out. */
  async list(): Promise<ModelList> {
    const settings = await this.#settings();
    const isConfigured = configuredProviders(settings).length > 0;
    const chosen = await defaultModel(settings, this.#catalog);
    const defaultRoute = chosen === undefined ? undefined : tryRoute(chosen, settings);
    const listed = await this.#catalog.list(settings);
    const isListed = listed.some((entry) => entry.id === defaultRoute?.name);
    const first: Omit<Model, 'default'>[] =
      defaultRoute === undefined || isListed
        ? []
        : [presentModel(defaultRoute.provider, listedModel(defaultRoute.modelId))];
    return {
      items: [...first, ...listed].map((entry) => ({ ...entry, default: entry.id === defaultRoute?.name })),
      next: null,
      configured: isConfigured,
      default_model: defaultRoute?.name ?? null,
      demo: this.#options.config.isDemo,
      ...this.#problemOf(settings, chosen),
      tours: await this.#tours(settings),
    };
  }

  /** Why no model can be asked, and which variables would change that. */
  #problemOf(
    settings: ProviderSettings,
    chosen: string | undefined,
  ): Pick<ModelList, 'message' | 'missing_variables'> {
    try {
      if (chosen === undefined) throw this.#nothingToChoose(settings);
      routeModel(chosen, settings);
      return { message: null, missing_variables: [] };
    } catch (error) {
      if (!PodexError.isInstance(error)) throw error;
      const variables = PodexError.has(error, 'no_model_configured') ? error.context.variables : [];
      return { message: error.message, missing_variables: variables };
    }
  }

  #nothingToChoose(settings: ProviderSettings): PodexError {
    const provider = configuredProviders(settings)[0];
    if (provider === undefined) return noModelConfigured();
    return new PodexError(
      'no_model_configured',
      `${provider} is set up, but it lists no model now. Set DEFAULT_MODEL for the agent service, or choose a model in the conversation.`,
      { variables: ['DEFAULT_MODEL'] },
    );
  }

  /** The agent’s own variables, completed by what api was given. */
  async #settings(): Promise<ProviderSettings> {
    const { config } = this.#options;
    if (config.openrouter.apiKey !== undefined) return providerSettings(config, undefined);
    if (this.#shared.until < Date.now()) {
      const last = await this.#shared.value;
      // Assigned before the next await, so that calls in the meantime wait for the same response.
      this.#shared = { value: this.#fetchShared(last), until: Date.now() + SHARED_KEEP_MS };
    }
    return providerSettings(config, await this.#shared.value);
  }

  async #fetchShared(last: SharedProviders | undefined): Promise<SharedProviders | undefined> {
    try {
      return await this.#options.fetchShared();
    } catch (error) {
      this.#shared.until = 0;
      this.#options.logger.warn({ err: error }, 'models.shared_settings_failed');
      return last;
    }
  }

  async #tours(settings: ProviderSettings): Promise<string[]> {
    if (!this.#options.config.isDemo || settings.openai === undefined) return [];
    const url = new URL('/demo/tours', settings.openai.baseUrl);
    try {
      return await within({ timeoutMs: TOURS_TIMEOUT_MS }, async (signal) => {
        const response = await fetch(url, { signal });
        return tourList.parse(await response.json()).tours;
      });
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'models.tours_failed');
      return [];
    }
  }
}

function tryRoute(name: string, settings: ProviderSettings): ModelRoute | undefined {
  try {
    return routeModel(name, settings);
  } catch (error) {
    if (PodexError.isInstance(error)) return undefined;
    throw error;
  }
}
