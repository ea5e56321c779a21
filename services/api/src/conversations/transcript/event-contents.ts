import { type EventBody, TOOL_OUTPUT_MAX_CHARACTERS, type WorkerEvent } from '@podex/contracts/events';
import { shortenInput } from '@podex/contracts/shorten-input';
import type { Db, Tx } from '../../database/connect.ts';
import type { StoredEvent } from '../../events/event-store.ts';
import { listApprovals } from './approval-store.ts';
import { listInputs } from './step-store.ts';

/** An event as it is stored: without what the rows of its call and its approval hold. */
export function withoutContents<Body extends EventBody | WorkerEvent>(body: Body): Body {
  if (body.type === 'tool_call.ready') return { ...body, input: {} };
  if (body.type !== 'approval.requested') return body;
  return { ...body, approval: { ...body.approval, input: {}, preview: null } };
}

/** Events as clients read them: with what they left to the rows of their call and their approval. */
export async function withContents(
  db: Db | Tx,
  events: readonly StoredEvent[],
): Promise<readonly StoredEvent[]> {
  const bodies = events.map(({ body }) => body);
  const calls = bodies.flatMap((body) => (body.type === 'tool_call.ready' ? [body.tool_call_id] : []));
  const asked = bodies.flatMap((body) => (body.type === 'approval.requested' ? [body.approval.id] : []));
  if (calls.length + asked.length === 0) return events;
  const inputs = await listInputs(db, calls);
  const approvals = new Map((await listApprovals(db, asked)).map((row) => [row.id, row]));
  return events.map((event) => {
    const { body } = event;
    if (body.type === 'tool_call.ready') {
      const input = inputs[body.tool_call_id];
      return input === undefined ? event : { ...event, body: { ...body, input: shownInput(input) } };
    }
    if (body.type !== 'approval.requested') return event;
    const row = approvals.get(body.approval.id);
    if (row === undefined) return event;
    const approval = { ...body.approval, input: shownInput(row.input), preview: row.preview };
    return { ...event, body: { ...body, approval } };
  });
}

/** What runs is the whole input. */
export function shownInput(input: Record<string, unknown>): Record<string, unknown> {
  return shortenInput(input, TOOL_OUTPUT_MAX_CHARACTERS);
}
