import { streamText, type TextStreamPart, type ToolSet } from 'ai';
import { z } from 'zod';
import { endedEarly, explainFailure } from './explain-failure.ts';
import { ModelFailure } from './model-failure.ts';
import type { ModelPart, ModelUsage } from './model-part.ts';
import type { ModelRoute } from './model-route.ts';
import { metadataOf, PartMetadata } from './part-metadata.ts';
import type { Prompt } from './prompt-message.ts';
import type { ProviderSettings } from './provider-settings.ts';
import { outcomeOf } from './response-outcome.ts';
import { ArgumentTexts } from './tool-arguments.ts';
import { type Reasoning, type VendorModel, vendorModel } from './vendor-models.ts';
import { vendorInstructions, vendorMessages, vendorTools } from './vendor-prompt.ts';

/** A local model may read a long prompt for minutes before it says a word. */
const FIRST_PART_TIMEOUT_MS = 300_000;
const PART_TIMEOUT_MS = 120_000;

// The library would print warnings to standard output, between the lines of the log.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

export interface AskOptions {
  route: ModelRoute;
  settings: ProviderSettings;
  reasoning: Reasoning;
  prompt: Prompt;
  /** Ends the response; its reason is thrown. */
  signal: AbortSignal;
}

/**
 * Asks a model once and streams what it responds. The last part is `finish`; a response that ends without it is a failure.
 *
 * @throws ModelFailure, or the reason of the signal.
 */
export async function* askModel(options: AskOptions): AsyncGenerator<ModelPart> {
  const { route, settings, reasoning, prompt, signal } = options;
  let hasFinished = false;
  const vendor = vendorModel(route, settings, reasoning);
  const state = { texts: new ArgumentTexts(), metadata: new PartMetadata(), namesReason: vendor.namesReason };
  try {
    for await (const part of vendorStream(vendor, prompt, signal)) {
      for (const own of ownParts(part, state)) {
        hasFinished = own.type === 'finish';
        yield own;
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    throw explainFailure(error, route);
  }
  signal.throwIfAborted();
  if (!hasFinished) throw endedEarly(route);
}

function vendorStream({ model, providerOptions, effort }: VendorModel, prompt: Prompt, signal: AbortSignal) {
  return streamText({
    model,
    providerOptions,
    ...(effort === undefined ? {} : { reasoning: effort }),
    instructions: vendorInstructions(prompt),
    messages: vendorMessages(prompt),
    tools: vendorTools(prompt.tools),
    abortSignal: signal,
    timeout: { firstChunkMs: FIRST_PART_TIMEOUT_MS, chunkMs: PART_TIMEOUT_MS },
    // Repeating is the business of the turn, which says so to the person.
    maxRetries: 0,
    onError: () => undefined,
  }).stream;
}

function stalled(reason: string | undefined): ModelFailure {
  return new ModelFailure({
    code: 'model_failed',
    message: `The model stopped before its response was complete (${reason ?? 'no reason given'}). Send the message again, or choose another model.`,
    canRetry: true,
  });
}

type VendorPart = TextStreamPart<ToolSet>;

/** What is known of the parts before. */
interface ResponseState {
  texts: ArgumentTexts;
  metadata: PartMetadata;
  namesReason: boolean;
}

/** A text and a reasoning may have the same id. */
function keyOf({ type, id }: { type: string; id: string }): string {
  return `${type.replace(/-(start|delta|end)$/, '')} ${id}`;
}

function* ownParts(part: VendorPart, state: ResponseState): Generator<ModelPart> {
  if (part.type === 'error') throw part.error;
  if (part.type === 'abort') throw stalled(part.reason);
  if ('id' in part && 'providerMetadata' in part) state.metadata.note(keyOf(part), part);
  const own = ownPart(part, state);
  if (own === undefined) return;
  if (own.type === 'finish') {
    for (const call of state.texts.takeUnfinished()) {
      yield { type: 'tool_call.ready', ...call, metadata: undefined };
    }
  }
  yield own;
}

function ownPart(part: VendorPart, { texts, metadata, namesReason }: ResponseState): ModelPart | undefined {
  switch (part.type) {
    case 'text-start':
      return { type: 'text.start', id: part.id };
    case 'text-delta':
      return { type: 'text.delta', id: part.id, text: part.text };
    case 'text-end':
      return { type: 'text.end', id: part.id, metadata: metadata.take(keyOf(part), part) };
    case 'reasoning-start':
      return { type: 'reasoning.start', id: part.id };
    case 'reasoning-delta':
      return { type: 'reasoning.delta', id: part.id, text: part.text };
    case 'reasoning-end':
      return { type: 'reasoning.end', id: part.id, metadata: metadata.take(keyOf(part), part) };
    case 'tool-input-start':
      texts.begin(part.id, part.toolName);
      return { type: 'tool_call.start', id: part.id, tool: part.toolName };
    case 'tool-input-delta':
      texts.grow(part.id, part.delta);
      return { type: 'tool_call.input', id: part.id, delta: part.delta };
    case 'tool-call':
      return {
        type: 'tool_call.ready',
        id: part.toolCallId,
        tool: part.toolName,
        input: texts.finish(part.toolCallId, part.input),
        metadata: metadataOf(part),
      };
    case 'finish-step': {
      const { finishReason: unified, rawFinishReason: raw } = part;
      const outcome = outcomeOf({ unified, raw, namesReason });
      // Without a finish the response counts as ended early.
      if (outcome === 'broken') return undefined;
      return { type: 'finish', outcome, finishReason: raw ?? unified, usage: usageOf(part) };
    }
    default:
      // Sources, files and marks of the library’s own loop, which is not used.
      return undefined;
  }
}

const openrouterCost = z.object({ openrouter: z.object({ usage: z.object({ cost: z.number() }) }) });

function usageOf(part: Extract<VendorPart, { type: 'finish-step' }>): ModelUsage {
  const { usage } = part;
  const cost = openrouterCost.safeParse(part.providerMetadata);
  return {
    inputTokens: usage.inputTokens ?? 0,
    outputTokens: usage.outputTokens ?? 0,
    cachedInputTokens: usage.inputTokenDetails.cacheReadTokens ?? 0,
    costUsd: cost.success ? cost.data.openrouter.usage.cost : null,
  };
}
