import { TOOL_OUTPUT_MAX_CHARACTERS } from '@podex/contracts/events';
import { PodexError } from '@podex/contracts/errors';
import type { CommandId } from '@podex/contracts/ids';
import { backoffMs, linkSignals, pause } from '@podex/service-kit/waiting';
import type { RunContext } from './tool.ts';

const SHOW_EVERY_MS = 200;
/** How long the last output may take after the command has ended. */
const END_GRACE_MS = 500;

/**
 * Shows the output of a running command as it comes: joined over 200 ms, at most 50,000 characters in all. When the way to the
 * workspace breaks it goes on from where it was. What is shown is a courtesy; the result is read when the command has ended.
 */
export async function withLiveOutput<Result>(
  id: CommandId,
  after: number,
  context: RunContext,
  work: () => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  using linked = linkSignals([context.signal, stop.signal]);
  const live = new LiveOutput(id, after, context);
  const showing = live.run(linked.signal);
  try {
    return await work();
  } finally {
    const timer = setTimeout(() => stop.abort(new Error('the command has ended')), END_GRACE_MS);
    await showing;
    clearTimeout(timer);
  }
}

class LiveOutput {
  readonly #id: CommandId;
  readonly #context: RunContext;
  readonly #decoder = new TextDecoder();
  #offset: number;
  #pending = '';
  #shownAt = 0;
  #room = TOOL_OUTPUT_MAX_CHARACTERS;

  constructor(id: CommandId, after: number, context: RunContext) {
    this.#id = id;
    this.#offset = after;
    this.#context = context;
  }

  /** Ends with the output, or with the signal. @throws what showing throws. */
  async run(signal: AbortSignal): Promise<void> {
    const ticking = this.#tick(signal);
    try {
      await this.#follow(signal);
      this.#pending += this.#decoder.decode();
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#isDone = true;
      this.#wake?.();
    }
    await ticking;
    await this.#show();
  }

  #isDone = false;
  #wake: (() => void) | undefined;

  /** Shows what the output’s own rhythm left over, so that a pause in it does not hold back its last words. */
  async #tick(signal: AbortSignal): Promise<void> {
    while (!this.#isDone && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, SHOW_EVERY_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (!signal.aborted) await this.#show();
    }
  }
}
