import { isDeepStrictEqual } from 'node:util';
import type { EventBody } from '@podex/contracts/events';

/** What is wrong with the events of a turn that has ended: an event twice, out of order, or incomplete. Empty when nothing is wrong. */
export function eventProblems(events: readonly EventBody[]): string[] {
  return [...onceProblems(events), ...textProblems(events)];
}

const ONCE = ['step.started', 'step.finished', 'tool_call.ready', 'tool_call.end', 'text.end'];

function onceProblems(events: readonly EventBody[]): string[] {
  return events.flatMap((event, index) => {
    if (!ONCE.includes(event.type)) return [];
    const isAgain = events.slice(0, index).some((earlier) => isDeepStrictEqual(earlier, event));
    return isAgain ? [`${event.type} is there twice: ${JSON.stringify(event)}`] : [];
  });
}

function textProblems(events: readonly EventBody[]): string[] {
  const texts = new Map<string, string>();
  const problems: string[] = [];
  for (const event of events) {
    if (event.type === 'text.delta') texts.set(event.part_id, (texts.get(event.part_id) ?? '') + event.text);
    if (event.type !== 'text.end') continue;
    // api drops the deltas with the end: who was away meanwhile has a first part of them.
    const said = texts.get(event.part_id) ?? '';
    if (!event.text.startsWith(said))
      problems.push(`the deltas of ${event.part_id} say “${said}”, its end “${event.text}”`);
  }
  return problems;
}
