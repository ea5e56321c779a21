import { isDeepStrictEqual } from 'node:util';
import { ToolInputError } from '../tools/tool.ts';
import type { PendingCall } from './tool-calls.ts';

const MAX_AT_ONCE = 4;

/** The calls in their order, those that can run at once together: neighbours that only read, and no call beside its equal. */
export function callBatches(calls: readonly PendingCall[]): PendingCall[][] {
  const batches: PendingCall[][] = [];
  for (const call of calls) {
    const last = batches.at(-1);
    if (last !== undefined && mayJoin(last, call)) last.push(call);
    else batches.push([call]);
  }
  return batches;
}

function mayJoin(batch: readonly PendingCall[], call: PendingCall): boolean {
  if (batch.length >= MAX_AT_ONCE || !onlyReads(call) || !batch.every(onlyReads)) return false;
  return !batch.some(({ state: { tool, input } }) => {
    return tool === call.state.tool && isDeepStrictEqual(input, call.state.input);
  });
}

function onlyReads({ prepared }: PendingCall): boolean {
  return !(prepared instanceof ToolInputError) && prepared.effect.kind === 'reads';
}
