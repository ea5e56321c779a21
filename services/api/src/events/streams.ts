import type { EventBody } from '@podex/contracts/events';

/** Streams that an append ends: by their key, or all whose keys begin so. */
export interface EndedStreams {
  keys: string[];
  prefixes: string[];
}

/** Joins the deltas of one stream; null for an event that is none. */
export function streamKeyOf(body: EventBody): string | null {
  switch (body.type) {
    case 'text.delta':
      return `${body.step_id}/text/${body.part_id}`;
    case 'reasoning.delta':
      return `${body.step_id}/reasoning/${body.part_id}`;
    case 'tool_call.input':
      return `${body.step_id}/input/${body.tool_call_id}`;
    case 'tool_call.output':
      return `${body.step_id}/output/${body.tool_call_id}`;
    default:
      return null;
  }
}

/**
 * What of an append is kept: deltas whose end is in it are not, since the end says all that they said. `ended` are the streams whose
 * deltas were kept before and go now.
 */
export function foldStreams(bodies: readonly EventBody[]): { kept: EventBody[]; ended: EndedStreams } {
  const ended: EndedStreams = { keys: [], prefixes: [] };
  const kept = bodies.toReversed().filter((body) => {
    const key = streamKeyOf(body);
    if (key !== null) return !hasEnded(key, ended);
    noteEnd(body, ended);
    return true;
  });
  return { kept: kept.toReversed(), ended };
}

function hasEnded(key: string, { keys, prefixes }: EndedStreams): boolean {
  return keys.includes(key) || prefixes.some((prefix) => key.startsWith(prefix));
}

function noteEnd(body: EventBody, { keys, prefixes }: EndedStreams): void {
  switch (body.type) {
    case 'text.end':
      keys.push(`${body.step_id}/text/${body.part_id}`);
      return;
    case 'reasoning.end':
      keys.push(`${body.step_id}/reasoning/${body.part_id}`);
      return;
    case 'tool_call.ready':
      keys.push(`${body.step_id}/input/${body.tool_call_id}`);
      return;
    case 'tool_call.end':
      keys.push(`${body.step_id}/output/${body.tool_call_id}`);
      return;
    // What the model said of the step before is given up.
    case 'step.restarted':
      prefixes.push(`${body.step_id}/`);
      return;
    // Calls that the model did not write to their end never get ready.
    case 'step.finished':
      prefixes.push(`${body.step_id}/input/`);
      return;
    default:
      return;
  }
}
