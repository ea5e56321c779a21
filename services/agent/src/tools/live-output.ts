import { PodexError } from '@podex/contracts/errors';
import { TOOL_OUTPUT_MAX_CHARACTERS } from '@podex/contracts/events';
import type { CommandId } from '@podex/contracts/ids';
import { backoffMs, linkSignals, pause } from '@podex/service-kit/waiting';
import type { RunContext } from './tool.ts';

/** How long the last output may take after the command has ended. */
const END_GRACE_MS = 500;
const ENOUGH_NOTE = '\n[More output follows; it is not shown here.]\n';

/**
 * Shows the output of a command from byte `after` on, while `work` waits for its end: at most 50,000 characters. When the way to
 * the workspace breaks, it goes on from where it was. It is for anyone who watches; the result is read when the command has ended.
 */
export async function withLiveOutput<Result>(
  id: CommandId,
  after: number,
  context: RunContext,
  work: () => Promise<Result>,
): Promise<Result> {
  const end = new AbortController();
  using linked = linkSignals([context.signal, end.signal]);
  // Taken at once: it may fail long before the command ends.
  const showing = showOutput(id, after, context, linked.signal).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  let failure: { error: unknown } | undefined;
  let result: Result;
  try {
    result = await work();
  } finally {
    const timer = setTimeout(() => end.abort(new Error('The command has ended.')), END_GRACE_MS);
    failure = await showing;
    clearTimeout(timer);
  }
  if (failure !== undefined) throw failure.error;
  return result;
}

/** Ends with the output, the room for it, or the signal. */
async function showOutput(
  id: CommandId,
  after: number,
  context: RunContext,
  signal: AbortSignal,
): Promise<void> {
  const decoder = new TextDecoder();
  let offset = after;
  let room = TOOL_OUTPUT_MAX_CHARACTERS;
  const onBytes = async (bytes: Uint8Array, end: number) => {
    offset = end;
    const text = decoder.decode(bytes, { stream: true });
    if (text === '') return;
    room -= text.length;
    await context.onOutput(room < 0 ? text.slice(0, text.length + room) + ENOUGH_NOTE : text);
    if (room < 0) throw new EnoughShown();
  };
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      await context.workspace.followOutput(id, { signal, after: offset, onBytes });
      return;
    } catch (error) {
      if (signal.aborted || error instanceof EnoughShown) return;
      if (!PodexError.isInstance(error)) throw error;
      await pauseUntil(signal, backoffMs(failures, 250, 3000));
    }
  }
}

class EnoughShown extends Error {}

async function pauseUntil(signal: AbortSignal, ms: number): Promise<void> {
  try {
    await pause(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
