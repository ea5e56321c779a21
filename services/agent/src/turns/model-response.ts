import { assertNever } from '@podex/contracts/errors';
import { TOOL_OUTPUT_MAX_CHARACTERS, type WorkerEvent } from '@podex/contracts/events';
import { newId, type StepId, type ToolCallId, type TurnId } from '@podex/contracts/ids';
import type { AssistantPart } from '@podex/contracts/internal/turns';
import { shortenInput } from '@podex/contracts/shorten-input';
import type { ModelPart, ModelUsage, ProviderMetadata } from '../models/model-part.ts';
import { ToolInputError } from '../tools/tool.ts';
import { prepareCall } from '../tools/tools.ts';
import type { ResponseFacts } from './response-verdict.ts';

interface TextDraft {
  kind: 'text' | 'reasoning';
  partId: string;
  text: string;
  isOpen: boolean;
  metadata: ProviderMetadata;
}

interface CallDraft {
  kind: 'tool_call';
  toolCallId: ToolCallId;
  tool: string;
  /** Undefined until the model has written it all. */
  input: Record<string, unknown> | undefined;
  metadata: ProviderMetadata;
}

/** One response of a model while it streams in: turns its parts into events, and holds what is kept of it at the end. */
export class ModelResponse {
  readonly #ids: { turn_id: TurnId; step_id: StepId };
  /** Told apart from the parts of a response that was given up before. */
  readonly #prefix: string;
  /** In the order in which the model began them. */
  readonly #drafts: (TextDraft | CallDraft)[] = [];
  /** What still grows, by kind and the vendor’s id, which may be used again afterwards. */
  readonly #texts = new Map<string, TextDraft>();
  readonly #openCalls = new Map<string, CallDraft>();
  #finish: Extract<ModelPart, { type: 'finish' }> | undefined;

  constructor(ids: { turn_id: TurnId; step_id: StepId }, prefix: string) {
    this.#ids = ids;
    this.#prefix = prefix;
  }

  get finishReason(): string {
    return this.#finish?.finishReason ?? 'unknown';
  }

  get usage(): ModelUsage | undefined {
    return this.#finish?.usage;
  }

  /** Whether anything of it was shown already. */
  get hasBegun(): boolean {
    return this.#drafts.length > 0;
  }

  /** Of one that came to its end. */
  get facts(): Omit<ResponseFacts, 'followsResults'> {
    const calls = this.#calls();
    const isSilent = !this.assistant().some((part) => part.type === 'text' && part.text.trim() !== '');
    return {
      outcome: this.#finish?.outcome ?? 'whole',
      finishReason: this.finishReason,
      isEmpty: calls.length === 0 && isSilent,
      callCount: calls.length,
    };
  }

  take(part: ModelPart): WorkerEvent[] {
    switch (part.type) {
      case 'text.start':
      case 'reasoning.start':
        return this.#openText(part.type === 'text.start' ? 'text' : 'reasoning', part.id);
      case 'text.delta':
      case 'reasoning.delta':
        return this.#growText(part.type === 'text.delta' ? 'text' : 'reasoning', part.id, part.text);
      case 'text.end':
      case 'reasoning.end':
        return this.#closeText(part.type === 'text.end' ? 'text' : 'reasoning', part.id, part.metadata);
      case 'tool_call.start':
        return this.#openCall(part.id, part.tool);
      case 'tool_call.input':
        return this.#growCall(part.id, part.delta);
      case 'tool_call.ready': {
        const opening = this.#openCalls.has(part.id) ? [] : this.#openCall(part.id, part.tool);
        const draft = this.#openCalls.get(part.id);
        if (draft !== undefined)
          Object.assign(draft, { tool: part.tool, input: part.input, metadata: part.metadata });
        return opening;
      }
      case 'finish':
        this.#finish = part;
        return [];
      default:
        return assertNever(part);
    }
  }

  /** The calls, said once the response is whole, so that calls and response become durable together. */
  readyEvents(): WorkerEvent[] {
    return this.#calls().map(({ toolCallId, tool, input }) => ({
      type: 'tool_call.ready',
      ...this.#ids,
      tool_call_id: toolCallId,
      tool,
      input: shortenInput(input, TOOL_OUTPUT_MAX_CHARACTERS),
      summary: summaryOf(tool, input),
    }));
  }

  /** Ends what is open in a response that is given up; calls that were not written to their end are left out. */
  breakOff(): WorkerEvent[] {
    const events: WorkerEvent[] = [];
    for (const draft of this.#drafts) {
      if (draft.kind === 'tool_call') draft.input = undefined;
      else if (draft.isOpen) events.push(...this.#endText(draft));
    }
    return events;
  }

  /** What is kept of the response and sent back to the model. */
  assistant(): AssistantPart[] {
    const calls = new Set(this.#calls().map((call) => call.toolCallId));
    return this.#drafts.flatMap((draft): AssistantPart[] => {
      const metadata = draft.metadata === undefined ? {} : { provider_metadata: draft.metadata };
      if (draft.kind !== 'tool_call') return [{ type: draft.kind, text: draft.text, ...metadata }];
      const { toolCallId, tool, input } = draft;
      if (input === undefined || !calls.has(toolCallId)) return [];
      return [{ type: 'tool_call', tool_call_id: toolCallId, tool, input, ...metadata }];
    });
  }

  #calls(): (CallDraft & { input: Record<string, unknown> })[] {
    return this.#drafts.flatMap((draft) =>
      draft.kind === 'tool_call' && draft.input !== undefined ? [{ ...draft, input: draft.input }] : [],
    );
  }

  #openText(kind: TextDraft['kind'], id: string): WorkerEvent[] {
    const partId = `${this.#prefix}-${this.#drafts.length}`;
    const draft: TextDraft = { kind, partId, text: '', isOpen: true, metadata: undefined };
    this.#drafts.push(draft);
    this.#texts.set(`${kind}/${id}`, draft);
    return [{ type: `${kind}.start`, ...this.#ids, part_id: partId }];
  }

  #growText(kind: TextDraft['kind'], id: string, text: string): WorkerEvent[] {
    const opening = this.#texts.has(`${kind}/${id}`) ? [] : this.#openText(kind, id);
    const draft = this.#texts.get(`${kind}/${id}`);
    if (draft === undefined || text === '') return opening;
    draft.text += text;
    return [...opening, { type: `${kind}.delta`, ...this.#ids, part_id: draft.partId, text }];
  }

  #closeText(kind: TextDraft['kind'], id: string, metadata: ProviderMetadata): WorkerEvent[] {
    const draft = this.#texts.get(`${kind}/${id}`);
    if (draft === undefined) return [];
    draft.metadata = metadata;
    this.#texts.delete(`${kind}/${id}`);
    return this.#endText(draft);
  }

  #endText(draft: TextDraft): WorkerEvent[] {
    draft.isOpen = false;
    return [{ type: `${draft.kind}.end`, ...this.#ids, part_id: draft.partId, text: draft.text }];
  }

  #openCall(id: string, tool: string): WorkerEvent[] {
    const toolCallId = newId('toolCall');
    const draft: CallDraft = { kind: 'tool_call', toolCallId, tool, input: undefined, metadata: undefined };
    this.#drafts.push(draft);
    this.#openCalls.set(id, draft);
    return [{ type: 'tool_call.start', ...this.#ids, tool_call_id: toolCallId, tool }];
  }

  #growCall(id: string, delta: string): WorkerEvent[] {
    const draft = this.#openCalls.get(id);
    if (draft === undefined) return [];
    return [{ type: 'tool_call.input', ...this.#ids, tool_call_id: draft.toolCallId, delta }];
  }
}

function summaryOf(tool: string, input: Record<string, unknown>): string {
  try {
    return prepareCall(tool, input).summary;
  } catch (error) {
    if (error instanceof ToolInputError) return `Call ${tool}`;
    throw error;
  }
}
