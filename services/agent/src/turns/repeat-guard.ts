import { isDeepStrictEqual } from 'node:util';
import type { TurnHistory } from '@podex/contracts/internal/turns';
import { elapsedSecondsIn, isStillRunning, withoutElapsedTime } from '../tools/command-result.ts';

export interface EndedCall {
  tool: string;
  input: Record<string, unknown>;
  output: string;
}

/** The longest round that is seen: A-B-C-D, A-B-C-D. */
const MAX_PERIOD = 4;
/** So many equal rounds are enough; the next is not going anywhere either. */
export const MAX_ROUNDS = 2;
/** Of rounds that wait for something: a look at a command that still runs, a command that took its time. */
const MAX_WAITING_ROUNDS = 20;
/** From then on a command is one that waits. */
const WAITING_SECONDS = 5;

export const REPEAT_REFUSED =
  'This was not run: the same calls gave the same results before. Do something else, wait longer at a time (timeout_seconds) for what still runs, or tell the person what blocks you and end your answer.';

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
 * `refuse`: the calls of the turn end in equal rounds of up to four calls with equal results, and this one would begin another; it is told
 * to the model. `stop`: the model makes a call again that was just refused. A call whose result changes is no repetition.
 */
export function repeatVerdict(
  ended: readonly EndedCall[],
  call: Pick<EndedCall, 'tool' | 'input'>,
): 'run' | 'refuse' | 'stop' {
  if (wasJustRefused(ended, call)) return 'stop';
  for (let period = 1; period <= MAX_PERIOD; period += 1) {
    const next = ended.at(-period);
    if (next === undefined) return 'run';
    if (!isSameCall(next, call)) continue;
    const round = ended.slice(-period);
    const maxRounds = round.some(isWaiting) ? MAX_WAITING_ROUNDS : MAX_ROUNDS;
    if (equalRounds(ended, period) >= maxRounds) return 'refuse';
  }
  return 'run';
}

/** Whether the same call was refused, and nothing that came since was new. */
function wasJustRefused(ended: readonly EndedCall[], call: Pick<EndedCall, 'tool' | 'input'>): boolean {
  const at = ended.findLastIndex((other) => other.output === REPEAT_REFUSED && isSameCall(other, call));
  if (at < 0) return false;
  const before = ended.slice(0, at);
  const isOld = (one: EndedCall) =>
    before.some((other) => isSameCall(one, other) && isSameOutput(one, other));
  return ended.slice(at + 1).every(isOld);
}

/** How often the last `period` calls come one after the other at the end, results included. */
function equalRounds(ended: readonly EndedCall[], period: number): number {
  let calls = period;
  while (calls < ended.length) {
    const [earlier, later] = [ended.at(-calls - 1), ended.at(-calls - 1 + period)];
    if (earlier === undefined || later === undefined) break;
    if (!isSameCall(earlier, later) || !isSameOutput(earlier, later)) break;
    calls += 1;
  }
  return Math.floor(calls / period);
}

function isSameCall(one: Pick<EndedCall, 'tool' | 'input'>, other: Pick<EndedCall, 'tool' | 'input'>) {
  return one.tool === other.tool && isDeepStrictEqual(one.input, other.input);
}

function isWaiting({ output }: EndedCall): boolean {
  return isStillRunning(output) || elapsedSecondsIn(output) >= WAITING_SECONDS;
}

function isSameOutput(one: EndedCall, other: EndedCall): boolean {
  return withoutElapsedTime(one.output) === withoutElapsedTime(other.output);
}
