import type { ConversationEventBody } from '@podex/contracts/events';
import { type MessageId, newId, type TurnId } from '@podex/contracts/ids';
import type { TestPostgres } from './test-postgres.ts';

const STATEMENT_TURNS = 500;
const OUTPUT = Array.from({ length: 30 }, (_, line) => `src/part-${line}.ts: 12 tests passed in 48 ms`).join(
  '\n',
);

interface SeededTurn {
  id: TurnId;
  messageId: MessageId;
  text: string;
  events: ConversationEventBody[];
}

/** Turns that have ended, as if people and a model had talked for weeks: each asks, looks with one tool and answers. */
export async function seedConversation(
  postgres: Pick<TestPostgres, 'run'>,
  conversationId: string,
  turns: number,
): Promise<void> {
  await postgres.run(
    `insert into topic (name) values ('conversation:${conversationId}') on conflict do nothing`,
  );
  for (let first = 0; first < turns; first += STATEMENT_TURNS) {
    const numbers = Array.from(
      { length: Math.min(STATEMENT_TURNS, turns - first) },
      (_, index) => first + index,
    );
    await postgres.run(insertOf(conversationId, numbers.map(seededTurn)));
  }
}

function seededTurn(number: number): SeededTurn {
  const [id, messageId] = [newId('turn'), newId('message')];
  const text = `Question ${number}: does part ${number} still pass?`;
  const inTurn = { turn_id: id };
  const inStep = { ...inTurn, step_id: newId('step') };
  const call = { ...inStep, tool_call_id: newId('toolCall') };
  const part = { ...inStep, part_id: '0' };
  const command = `npm test -- part-${number}`;
  const reply = `Part ${number} passes.\n\n- **30** files\n- \`${command}\` exits with 0\n`;
  const usage = {
    model: 'test/model',
    input_tokens: 1200,
    output_tokens: 80,
    cached_input_tokens: 0,
    cost_usd: 0.002,
  };
  const events: ConversationEventBody[] = [
    { type: 'message.created', ...inTurn, message_id: messageId, role: 'user', text },
    { type: 'turn.queued', ...inTurn },
    { type: 'turn.started', ...inTurn, attempt: 1 },
    { type: 'step.started', ...inStep, step_index: 0, model: 'test/model' },
    { type: 'tool_call.start', ...call, tool: 'run_command' },
    { type: 'tool_call.ready', ...call, tool: 'run_command', input: { command }, summary: `Run ${command}` },
    { type: 'tool_call.end', ...call, status: 'completed', output: OUTPUT },
    { type: 'text.start', ...part },
    { type: 'text.end', ...part, text: reply },
    { type: 'usage.recorded', ...inStep, usage },
    { type: 'step.finished', ...inStep, step_index: 0, finish_reason: 'stop' },
    { type: 'turn.completed', ...inTurn },
  ];
  return { id, messageId, text, events };
}

function insertOf(conversationId: string, turns: readonly SeededTurn[]): string {
  const topic = `conversation:${conversationId}`;
  const bodies = turns.flatMap(({ events }) => events);
  const rows = turns.map(({ id, messageId, text }) => ({ id, message_id: messageId, text }));
  return `
    with seeded as (
      select * from json_to_recordset(${literal(rows)}) as r (id text, message_id text, text text)
    ), turns as (
      insert into turn (id, conversation_id, status, ended_at)
      select id, '${conversationId}', 'completed', now() from seeded
    ), messages as (
      insert into message (id, turn_id, text, before_step) select message_id, id, text, 0 from seeded
    ), moved as (
      update topic set last_seq = last_seq + ${bodies.length} where name = '${topic}' returning last_seq
    )
    insert into event (topic, seq, turn_id, body)
    select '${topic}', last_seq - ${bodies.length} + place, body ->> 'turn_id', body
    from moved, json_array_elements(${literal(bodies)}) with ordinality as bodies (body, place)`;
}

/** JSON as a text of SQL. */
function literal(value: unknown): string {
  return `'${JSON.stringify(value).replaceAll("'", "''")}'`;
}
