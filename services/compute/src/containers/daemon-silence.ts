/** Probes of a daemon that must have stayed without a response. */
const MIN_UNANSWERED = 3;

/** What is known of how long one daemon has said nothing. All times are in milliseconds on one clock. */
export class DaemonSilence {
  readonly #silentAfterMs: number;
  #unanswered: number[] = [];

  constructor(silentAfterMs: number) {
    this.#silentAfterMs = silentAfterMs;
  }

  get isInDoubt(): boolean {
    return this.#unanswered.length > 0;
  }

  /** When the first of the probes without a response was sent. */
  get sinceMs(): number | undefined {
    return this.#unanswered[0];
  }

  probed(nowMs: number): void {
    this.#unanswered.push(nowMs);
  }

  /** Anything from the daemon, however late, is progress. */
  heard(atMs: number): void {
    const first = this.#unanswered[0];
    if (first !== undefined && atMs >= first) this.#unanswered = [];
  }

  /** Nothing can be said of the time that has passed: the count begins again. */
  forgive(): void {
    this.#unanswered = [];
  }

  isSilent(nowMs: number): boolean {
    const first = this.#unanswered[0];
    return (
      first !== undefined && this.#unanswered.length >= MIN_UNANSWERED && nowMs - first >= this.#silentAfterMs
    );
  }
}
