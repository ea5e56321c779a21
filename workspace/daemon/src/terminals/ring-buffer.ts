const FIRST_CAPACITY_BYTES = 16_384;

/** The last bytes of a stream, addressed by how many came before them. Grows with what it holds, up to its limit. */
export class RingBuffer {
  readonly #maxBytes: number;
  #buffer: Buffer;
  #start: number;
  #end: number;

  /** @param offset of the first byte that is appended. */
  constructor(maxBytes: number, offset = 0) {
    this.#maxBytes = maxBytes;
    this.#start = offset;
    this.#end = offset;
    this.#buffer = Buffer.alloc(Math.min(FIRST_CAPACITY_BYTES, maxBytes));
  }

  /** Offset of the oldest byte held. */
  get start(): number {
    return this.#start;
  }

  /** Offset after the newest byte. */
  get end(): number {
    return this.#end;
  }

  append(bytes: Buffer): void {
    this.#grow(this.#end - this.#start + bytes.length);
    const kept = bytes.subarray(Math.max(0, bytes.length - this.#buffer.length));
    this.#end += bytes.length;
    this.#start = Math.max(this.#start, this.#end - this.#buffer.length);
    const at = (this.#end - kept.length) % this.#buffer.length;
    const untilWrap = Math.min(kept.length, this.#buffer.length - at);
    kept.copy(this.#buffer, at, 0, untilWrap);
    kept.copy(this.#buffer, 0, untilWrap);
  }

  /** A copy of at most `maxBytes` from `offset` on. `offset` must be held: between `start` and `end`. */
  read(offset: number, maxBytes: number): Buffer {
    if (offset < this.#start || offset > this.#end) {
      throw new RangeError(`The offset ${offset} is not in ${this.#start} to ${this.#end}`);
    }
    const length = Math.min(maxBytes, this.#end - offset);
    const at = offset % this.#buffer.length;
    const untilWrap = Math.min(length, this.#buffer.length - at);
    const copy = Buffer.allocUnsafe(length);
    this.#buffer.copy(copy, 0, at, at + untilWrap);
    this.#buffer.copy(copy, untilWrap, 0, length - untilWrap);
    return copy;
  }

  #grow(wanted: number): void {
    let capacity = this.#buffer.length;
    while (capacity < Math.min(wanted, this.#maxBytes)) capacity = Math.min(capacity * 2, this.#maxBytes);
    if (capacity === this.#buffer.length) return;
    const held = this.read(this.#start, this.#end - this.#start);
    this.#buffer = Buffer.alloc(capacity);
    const at = this.#start % capacity;
    const untilWrap = Math.min(held.length, capacity - at);
    held.copy(this.#buffer, at, 0, untilWrap);
    held.copy(this.#buffer, 0, untilWrap);
  }
}
