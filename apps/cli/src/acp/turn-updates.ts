import type { SessionUpdate, ToolCall } from '@agentclientprotocol/sdk';
import { todoItems } from '@podex/contracts/todo';
import type { ProseItem, ToolCallItem, TranscriptItem, TranscriptTurn } from '@podex/contracts/transcript';
import { toolCallView } from './tool-call-view.ts';

/** What an editor is told of turns: of each state only what it has not been told. */
export class TurnUpdates {
  /** Of text: the characters that were told. */
  readonly #told = new Map<string, number>();
  readonly #calls = new Map<string, ToolCall>();
  /** How often the model was asked again: text of the next try is another message. */
  #tries = 0;
  #last: TranscriptTurn | undefined;

  /** A message that the editor has sent itself. */
  skipMessage(key: string): void {
    this.#told.set(key, 1);
  }

  next(turn: TranscriptTurn): SessionUpdate[] {
    return [...this.#discarded(turn), ...turn.items.flatMap((item) => this.#ofItem(item))];
  }

  /** What a model that is asked again has said comes again; an editor cannot take text back, but it can end calls. */
  #discarded(turn: TranscriptTurn): SessionUpdate[] {
    const before = this.#last?.id === turn.id ? this.#last.items : [];
    this.#last = turn;
    const gone = before.filter(({ key }) => !turn.items.some((item) => item.key === key));
    if (gone.length > 0) this.#tries += 1;
    return gone.flatMap(({ key }): SessionUpdate[] => {
      this.#told.delete(key);
      if (!this.#calls.delete(key)) return [];
      return [{ sessionUpdate: 'tool_call_update', toolCallId: key, status: 'failed' }];
    });
  }

  #ofItem(item: TranscriptItem): SessionUpdate[] {
    switch (item.type) {
      case 'message': {
        if (this.#told.has(item.key)) return [];
        this.#told.set(item.key, 1);
        return [{ ...textChunk('user_message_chunk', item.text), messageId: item.key }];
      }
      case 'text':
        return this.#ofProse(item, 'agent_message_chunk');
      case 'reasoning':
        return this.#ofProse(item, 'agent_thought_chunk');
      case 'tool_call':
        return item.tool === 'todo' ? this.#ofList(item) : this.#ofCall(item.key, toolCallView(item));
    }
  }

  #ofProse({ key, text }: ProseItem, kind: 'agent_message_chunk' | 'agent_thought_chunk'): SessionUpdate[] {
    const from = this.#told.get(key) ?? 0;
    if (text.length <= from) return [];
    this.#told.set(key, text.length);
    return [{ ...textChunk(kind, text.slice(from)), messageId: `${key}/${this.#tries}` }];
  }

  /** Editors show a list of what is to be done in a place of its own. */
  #ofList({ key, status, input }: ToolCallItem): SessionUpdate[] {
    const list = todoItems.safeParse(input?.items).data;
    if (status !== 'completed' || list === undefined || this.#told.has(key)) return [];
    this.#told.set(key, 1);
    const entries = list.map(({ text: content, status: state }) => ({
      content,
      priority: 'medium' as const,
      status: state === 'done' ? ('completed' as const) : state,
    }));
    return [{ sessionUpdate: 'plan', entries }];
  }

  #ofCall(key: string, call: ToolCall): SessionUpdate[] {
    const told = this.#calls.get(key);
    if (told?.status === call.status && told?.title === call.title) return [];
    this.#calls.set(key, call);
    if (told === undefined) return [{ ...call, sessionUpdate: 'tool_call' }];
    return [{ ...call, sessionUpdate: 'tool_call_update' }];
  }
}

function textChunk<Kind extends 'user_message_chunk' | 'agent_message_chunk' | 'agent_thought_chunk'>(
  sessionUpdate: Kind,
  text: string,
) {
  return { sessionUpdate, content: { type: 'text' as const, text } };
}
