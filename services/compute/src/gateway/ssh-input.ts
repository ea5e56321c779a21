import { InputFrames } from './input-frames.ts';

/** So many pieces of input within this time are somebody at work: typing, copying, saving in an editor. */
const BURST = 4;
const BURST_MS = 2_000;

/**
 * Reads along in the frames of an SSH client and tells whether a person is at work. What is in them cannot be seen. But what a client sends
 * by itself to keep the connection comes alone, seconds apart (`ServerAliveInterval`), and what people do comes in bursts: so a
 * connection that is only open keeps no workspace awake.
 */
export class SshInput {
  readonly #frames = new InputFrames();
  readonly #seenAtMs: number[] = [];

  /** @returns whether this chunk is the last of a burst. */
  see(chunk: Buffer, nowMs: number = performance.now()): boolean {
    if (!this.#frames.see(chunk)) return false;
    this.#seenAtMs.push(nowMs);
    if (this.#seenAtMs.length > BURST) this.#seenAtMs.shift();
    const [first = nowMs] = this.#seenAtMs;
    return this.#seenAtMs.length === BURST && nowMs - first <= BURST_MS;
  }
}
