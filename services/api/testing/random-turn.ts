import type { WorkerEvent } from '@podex/contracts/events';
import { newId, type StepId, type ToolCallId, type TurnId } from '@podex/contracts/ids';

type Dice = (sides: number) => number;

/** The same numbers for the same seed (mulberry32). */
export function seededDice(seed: number): Dice {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

/** A step as a worker says it: parts that stream, given up and said again, calls that print and end, and at times one that stays open. */
export function randomStep(turnId: TurnId, index: number, dice: Dice): { id: StepId; events: WorkerEvent[] } {
  const id = newId('step');
  const ids = { turn_id: turnId, step_id: id };
  const place = { ...ids, step_index: index };
  const events: WorkerEvent[] = [{ type: 'step.started', ...place, model: 'test/model' }];
  if (dice(2) === 0) {
    events.push(...interleaved([prose(ids, 'lost-1', dice).slice(0, 3), openCall(ids, dice)], dice));
    if (dice(2) === 0) events.push({ type: 'step.retrying', ...ids, reason: 'busy', retry_in_ms: 1000 });
    events.push({ type: 'step.restarted', ...place, reason: 'The model is asked again.' });
  }
  const calls = Array.from({ length: dice(3) }, () => newId('toolCall'));
  const written = calls.map((call) => writtenCall(ids, call, dice));
  events.push(...interleaved([prose(ids, '1', dice), prose(ids, '11', dice), ...written], dice));
  events.push(...interleaved([...calls.map((call) => runningCall(ids, call, dice)), []], dice));
  if (dice(3) === 0) events.push(...prose(ids, 'open', dice).slice(0, 2));
  events.push({ type: 'step.finished', ...place, finish_reason: 'stop' });
  return { id, events };
}

interface Ids {
  turn_id: TurnId;
  step_id: StepId;
}

function prose(ids: Ids, partId: string, dice: Dice): WorkerEvent[] {
  const kind = dice(2) === 0 ? 'text' : 'reasoning';
  const part = { ...ids, part_id: partId };
  const texts = Array.from({ length: 1 + dice(4) }, (_, number) => `${partId}.${number} `);
  return [
    { type: `${kind}.start`, ...part },
    ...texts.map((text): WorkerEvent => ({ type: `${kind}.delta`, ...part, text })),
    { type: `${kind}.end`, ...part, text: texts.join('') },
  ];
}

function openCall(ids: Ids, dice: Dice): WorkerEvent[] {
  const call = { ...ids, tool_call_id: newId('toolCall') };
  return [{ type: 'tool_call.start', ...call, tool: 'run_command' }, ...inputDeltas(call, dice)];
}

function inputDeltas(call: Ids & { tool_call_id: ToolCallId }, dice: Dice): WorkerEvent[] {
  return Array.from({ length: dice(3) }, () => ({ type: 'tool_call.input', ...call, delta: '{' }));
}

function writtenCall(ids: Ids, id: ToolCallId, dice: Dice): WorkerEvent[] {
  const call = { ...ids, tool_call_id: id };
  const input = { command: `run ${id}` };
  return [
    { type: 'tool_call.start', ...call, tool: 'run_command' },
    ...inputDeltas(call, dice),
    { type: 'tool_call.ready', ...call, tool: 'run_command', input, summary: 'run' },
  ];
}

function runningCall(ids: Ids, id: ToolCallId, dice: Dice): WorkerEvent[] {
  const call = { ...ids, tool_call_id: id };
  const texts = Array.from({ length: dice(4) }, (_, number) => `${number}\n`);
  const printed = texts.map((text): WorkerEvent => ({ type: 'tool_call.output', ...call, text }));
  if (dice(4) === 0) return printed;
  return [...printed, { type: 'tool_call.end', ...call, status: 'completed', output: texts.join('') }];
}

/** All of them, each in its own order. */
function interleaved(streams: readonly WorkerEvent[][], dice: Dice): WorkerEvent[] {
  const rest = streams.map((stream) => [...stream]).filter((stream) => stream.length > 0);
  const events: WorkerEvent[] = [];
  while (rest.length > 0) {
    const at = dice(rest.length);
    const next = rest[at]?.shift();
    if (next !== undefined) events.push(next);
    if (rest[at]?.length === 0) rest.splice(at, 1);
  }
  return events;
}
