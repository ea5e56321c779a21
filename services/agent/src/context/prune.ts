import { assertNever } from '@podex/contracts/errors';
import type { PromptMessage } from '../models/prompt-message.ts';
import { WAS_CUT } from './history.ts';

/** The results of the newest responses are what the model works with: never pruned. */
const KEPT_RESULT_MESSAGES = 2;
const MIN_PRUNED_CHARACTERS = 400;

const note = (characters: number) =>
  `[Left out to save room: ${characters} characters of an older result. Call the tool again if you need it.]`;
const BEGINNING_NOTE = '[Podex] The beginning of this conversation was left out to save room.';
const inputNote = (characters: number) => `[Left out to save room: ${characters} characters.]`;

/**
 * Keeps a long conversation within `maxCharacters` by leaving out the oldest tool results first, then long texts in the inputs
 * of the oldest calls, each with a note in its place. What people and the model said stays as long as that is enough; then the beginning
 * of the conversation goes, up to the newest message of a person at most. Prunes in strides of a quarter of the bound, so that the
 * beginning of the prompt, which vendors cache, changes seldom.
 */
export function pruneMessages(messages: readonly PromptMessage[], maxCharacters: number): PromptMessage[] {
  const excess = charactersIn(messages) - maxCharacters;
  if (excess <= 0) return [...messages];
  const stride = maxCharacters / 4;
  let toSave = Math.ceil(excess / stride) * stride;
  const answered = messages.flatMap((message, index) => (message.role === 'tool' ? [index] : []));
  // The response that asked for the first kept result stays whole as well.
  const keptFrom = (answered.at(-KEPT_RESULT_MESSAGES) ?? 0) - 1;
  const pruned = [...messages];
  for (const prune of [pruneResults, pruneInputs]) {
    for (const [index, message] of pruned.entries()) {
      if (index >= keptFrom || toSave <= 0) break;
      const shorter = prune(message);
      toSave -= charactersOf(message) - charactersOf(shorter);
      pruned[index] = shorter;
    }
  }
  return toSave <= 0 || charactersIn(pruned) <= maxCharacters ? pruned : leaveOutBeginning(pruned, toSave);
}

export function charactersIn(messages: readonly PromptMessage[]): number {
  return messages.reduce((sum, message) => sum + charactersOf(message), 0);
}

/** What is left begins with a message of a person, as vendors want it. */
function leaveOutBeginning(messages: readonly PromptMessage[], toSave: number): PromptMessage[] {
  const starts = messages.flatMap((message, index) =>
    message.role === 'user' && message.text !== WAS_CUT && index > 0 ? [index] : [],
  );
  const start = starts.find((index) => charactersIn(messages.slice(0, index)) >= toSave) ?? starts.at(-1);
  if (start === undefined) return [...messages];
  return [{ role: 'user', text: BEGINNING_NOTE }, ...messages.slice(start)];
}

function pruneResults(message: PromptMessage): PromptMessage {
  if (message.role !== 'tool') return message;
  const results = message.results.map((result) =>
    result.output.length < MIN_PRUNED_CHARACTERS ? result : { ...result, output: note(result.output.length) },
  );
  return { role: 'tool', results };
}

function pruneInputs(message: PromptMessage): PromptMessage {
  if (message.role !== 'assistant') return message;
  const parts = message.parts.map((part) =>
    part.type === 'tool_call' ? { ...part, input: shortenedInput(part.input) } : part,
  );
  return { role: 'assistant', parts };
}

function shortenedInput(input: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name,
      typeof value === 'string' && value.length >= MIN_PRUNED_CHARACTERS ? inputNote(value.length) : value,
    ]),
  );
}

function charactersOf(message: PromptMessage): number {
  switch (message.role) {
    case 'user':
      return message.text.length;
    case 'assistant':
      return message.parts.reduce(
        (sum, part) =>
          sum + (part.type === 'tool_call' ? JSON.stringify(part.input).length : part.text.length),
        0,
      );
    case 'tool':
      return message.results.reduce((sum, result) => sum + result.output.length, 0);
    default:
      return assertNever(message);
  }
}
