/** One holder a key at a time, in the order of asking. A key costs memory only while it is held or waited for. */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<void>>();

  /** Resolves when the key is ours; disposing gives it back. */
  async acquire(key: string): Promise<Disposable> {
    const before = this.#tails.get(key);
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const tail = (before ?? Promise.resolve()).then(() => released);
    this.#tails.set(key, tail);
    await before;
    return {
      [Symbol.dispose]: () => {
        release();
        if (this.#tails.get(key) === tail) this.#tails.delete(key);
      },
    };
  }
}
