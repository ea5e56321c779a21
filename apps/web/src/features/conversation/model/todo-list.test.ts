import { applyConversationEvent } from '@podex/contracts/apply-conversation-event';
import { type ConversationEventBody, conversationEvent } from '@podex/contracts/events';
import { newId } from '@podex/contracts/ids';
import { EMPTY_TRANSCRIPT } from '@podex/contracts/transcript';
import { expect, it } from 'vitest';
import { todoListOf } from './todo-list.ts';

const turn_id = newId('turn');
const step_id = newId('step');

function wrote(items: unknown, status: 'completed' | 'failed' = 'completed'): ConversationEventBody[] {
  const ids = { turn_id, step_id, tool_call_id: newId('toolCall') };
  return [
    { type: 'tool_call.start', ...ids, tool: 'todo' },
    { type: 'tool_call.ready', ...ids, tool: 'todo', input: { items }, summary: '' },
    { type: 'tool_call.end', ...ids, status, output: '' },
  ];
}

function listAfter(...bodies: ConversationEventBody[]) {
  const all: ConversationEventBody[] = [
    { type: 'turn.queued', turn_id },
    { type: 'step.started', turn_id, step_id, step_index: 0, model: 'm' },
    ...bodies,
  ];
  const events = all.map((body, index) =>
    conversationEvent.parse({ seq: index + 1, at: '2026-11-01T10:00:00.000Z', ...body }),
  );
  return todoListOf(events.reduce(applyConversationEvent, EMPTY_TRANSCRIPT));
}

const pending = [{ text: 'Test it', status: 'pending' }];

it('is what the agent wrote last', () => {
  expect(listAfter()).toBeUndefined();
  expect(listAfter(...wrote(pending))).toEqual(pending);
  const later = [
    { text: 'Test it', status: 'done' },
    { text: 'Say so', status: 'in_progress' },
  ];
  expect(listAfter(...wrote(pending), ...wrote(later))).toEqual(later);
  expect(listAfter(...wrote(pending), ...wrote([]))).toBeUndefined();
});

it('goes when all is done, and ignores what was refused or is no list', () => {
  expect(listAfter(...wrote([{ text: 'Test it', status: 'done' }]))).toBeUndefined();
  expect(listAfter(...wrote(pending), ...wrote('x', 'failed'))).toEqual(pending);
  expect(listAfter(...wrote('x'))).toBeUndefined();
});
