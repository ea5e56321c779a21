/** Programs keep an address for as long, whatever its name is by now. */
const KEPT_MS = 3_600_000;
/** Of a name, those that were seen last: its owner may give another with each answer. */
const ADDRESSES_MAX = 64;

/** Addresses of host names, each for a while after it was last seen: a name with many addresses gives others each time. */
export class ResolvedNames {
  readonly #seenAtMs = new Map<string, Map<string, number>>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  learn(addresses: Readonly<Record<string, readonly string[]>>): void {
    for (const [host, found] of Object.entries(addresses)) {
      const seen = this.#seenAtMs.get(host) ?? new Map<string, number>();
      this.#seenAtMs.set(host, seen);
      for (const address of found) {
        // Again at the end: the first are the oldest.
        seen.delete(address);
        seen.set(address, this.#nowMs());
      }
      for (const address of [...seen.keys()].slice(0, Math.max(0, seen.size - ADDRESSES_MAX))) {
        seen.delete(address);
      }
      for (const [address, atMs] of seen) if (this.#nowMs() - atMs > KEPT_MS) seen.delete(address);
    }
  }

  /** Also when nothing was found. */
  wasAsked(host: string): boolean {
    return this.#seenAtMs.has(host);
  }

  of(host: string): string[] {
    return [...(this.#seenAtMs.get(host)?.keys() ?? [])].sort();
  }

  keepOnly(hosts: readonly string[]): void {
    const kept = new Set(hosts);
    for (const host of this.#seenAtMs.keys()) if (!kept.has(host)) this.#seenAtMs.delete(host);
  }
}
