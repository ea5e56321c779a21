import { randomBytes } from 'node:crypto';
import { type WorkerEvent, workerEvent } from '@podex/contracts/events';
import { newId } from '@podex/contracts/ids';
import type { ClaimedTurn } from '@podex/contracts/internal/turns';
import { shortenInput } from '@podex/contracts/shorten-input';
import { transcriptPage } from '@podex/contracts/transcript';
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { AgentWorker } from '../../../testing/agent-worker.ts';
import { silentLogger } from '../../../testing/postgres.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';
import { TestConversation } from '../../../testing/test-conversation.ts';
import { connectDatabase } from '../../database/connect.ts';

const DELTA_CHARACTERS = 4_000;

describe('a large write', () => {
  const api = setUpApi();
  let user: TestUser;
  let conversation: TestConversation;
  let worker: AgentWorker;

  beforeAll(async () => {
    user = await api().signUp();
    worker = new AgentWorker(api());
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w' } });
    conversation = await TestConversation.begin(api(), user, made.body.id);
  });

  it('is stored once, and read whole by everybody', async () => {
    const content = randomBytes(104_000).toString('hex');
    const input = { path: 'large.txt', content };
    await conversation.say('write it');
    const turn = await worker.claim();
    const approval = await write(turn, input);

    const bytes = await storedBytes();
    expect(bytes).toBeGreaterThan(content.length);
    expect(bytes).toBeLessThan(1.1 * content.length);

    const shown = shortenInput(input, 50_000);
    const page = transcriptPage.parse(
      (await api().ask('GET', `/api/conversations/${conversation.id}/transcript`, { as: user })).body,
    );
    expect(page.items[0]?.items[1]).toMatchObject({ input: shown, approval });
    const approvals = await api().ask('GET', '/api/approvals', { as: user });
    expect(approvals.body.items).toMatchObject([approval]);
    const { turns } = await worker.context(turn);
    expect(turns[0].steps[0]).toMatchObject({
      assistant: [{ type: 'tool_call', input }],
      tool_calls: [{ input }],
    });
    await worker.release(turn, 'cancelled');
  });

  /** As the agent does: the input in deltas, the response, and a request for an approval. Returns what a person is shown of that. */
  async function write(turn: ClaimedTurn, input: { path: string; content: string }) {
    const step_id = newId('step');
    const tool_call_id = newId('toolCall');
    const inStep = { turn_id: turn.turn_id, step_id };
    const call = { ...inStep, tool_call_id };
    const tool = 'write_file';
    const now = Date.now();
    const approval = {
      id: newId('approval'),
      conversation_id: turn.conversation_id,
      workspace_id: turn.workspace_id,
      turn_id: turn.turn_id,
      tool,
      summary: 'Write large.txt',
      input: shortenInput(input, 50_000),
      preview: { type: 'diff', path: input.path, before: null, after: input.content } as const,
      choices: [],
      answer: null,
      status: 'pending' as const,
    };
    const times = {
      created_at: new Date(now).toISOString(),
      expires_at: new Date(now + 60_000).toISOString(),
    };
    const deltas = input.content.match(new RegExp(`.{1,${DELTA_CHARACTERS}}`, 'g')) ?? [];
    const batches: WorkerEvent[][] = [
      [{ type: 'step.started', ...inStep, step_index: 0, model: 'm' }],
      [{ type: 'tool_call.start', ...call, tool }],
      ...deltas.map((delta): WorkerEvent[] => [{ type: 'tool_call.input', ...call, delta }]),
      [{ type: 'tool_call.ready', ...call, tool, input: approval.input, summary: approval.summary }],
      [{ type: 'approval.requested', ...call, approval: { ...approval, ...times } }],
    ];
    for (const [first_index, events] of batches.entries()) {
      const isResponse = events[0]?.type === 'tool_call.ready';
      const batch = {
        step_id,
        step_index: 0,
        first_index,
        events: events.map((one) => workerEvent.parse(one)),
      };
      const assistant = [{ type: 'tool_call', tool_call_id, tool, input }];
      expect((await worker.append(turn, isResponse ? { ...batch, assistant } : batch)).status).toBe(200);
    }
    return approval;
  }

  /** Of everything that is kept of the turn, as JSON. */
  async function storedBytes(): Promise<number> {
    await using database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
    const { rows } = await sql<{ bytes: number }>`
      select ((select sum(octet_length(body::text)) from event where topic = ${`conversation:${conversation.id}`})
        + (select sum(octet_length(to_json(step)::text)) from step)
        + (select sum(octet_length(to_json(tool_call)::text)) from tool_call)
        + (select sum(octet_length(to_json(approval)::text)) from approval))::integer as bytes
    `.execute(database.db);
    return rows[0]?.bytes ?? 0;
  }
});
