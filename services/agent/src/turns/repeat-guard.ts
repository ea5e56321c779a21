import { isDeepStrictEqual } from 'node:util';
import type { TurnHistory } from '@podex/contracts/internal/turns';
import { withoutElapsedTime } from '../tools/command-result.ts';

export interface EndedCall {
  tool: string;
  input: Record<string, unknown>;
  output: string;
}

/** A call with the same result so often in a row is not going anywhere. */
export const MAX_SAME_CALLS = 3;

export const REPEAT_REFUSED =
  'This was not run: the same call gave the same result twice just before. Do something else, or tell the person what blocks you and end your answer.';

/** Calls of a turn that have ended, in their order. */
export function endedCalls({ steps }: TurnHistory): EndedCall[] {
  return steps
    .toSorted((one, other) => one.step_index - other.step_index)
    .flatMap((step) => step.tool_calls)
    .flatMap(({ tool, input, status, output }) =>
      status === 'pending' || output === null ? [] : [{ tool, input, output }],
    );
}

/**
 * `refuse`: the third time in a row, told to the model. `stop`: the model makes it once more. A call whose result
 * changes (a look at a running command) is no repetition.
 */
export function repeatVerdict(
  ended: readonly EndedCall[],
  call: Pick<EndedCall, 'tool' | 'input'>,
): 'run' | 'refuse' | 'stop' {
  const latest = ended.slice(1 - MAX_SAME_CALLS);
  const isSame = (other: EndedCall) => other.tool === call.tool && isDeepStrictEqual(other.input, call.input);
  const last = latest.at(-1);
  if (last === undefined || !isSame(last)) return 'run';
  if (last.output === REPEAT_REFUSED) return 'stop';
  const isStuck =
    latest.length === MAX_SAME_CALLS - 1 &&
    latest.every((other) => isSame(other) && isSameOutput(other, last));
  return isStuck ? 'refuse' : 'run';
}

function isSameOutput(one: EndedCall, other: EndedCall): boolean {
  return withoutElapsedTime(one.output) === withoutElapsedTime(other.output);
}
