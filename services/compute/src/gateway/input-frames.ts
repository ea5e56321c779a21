const OPCODE_BINARY = 0x2;
const FIRST_HEADER_BYTES = 2;

/**
 * Reads along in the WebSocket frames that a client sends (RFC 6455 §5.2) and tells whether a binary one began: that is terminal input.
 * Text frames (resize, acknowledgements) and answers to pings are not, or an open page would keep its workspace awake.
 */
export class InputFrames {
  readonly #header = Buffer.alloc(14);
  #headerBytes = 0;
  #payloadLeft = 0;

  /** @returns whether a binary frame began in this chunk. */
  see(chunk: Buffer): boolean {
    let hasInput = false;
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#payloadLeft > 0) {
        const skipped = Math.min(this.#payloadLeft, chunk.length - offset);
        this.#payloadLeft -= skipped;
        offset += skipped;
        continue;
      }
      offset += this.#readHeader(chunk, offset);
      if (this.#headerBytes === this.#headerLength()) {
        hasInput = this.#beginFrame() || hasInput;
      }
    }
    return hasInput;
  }

  #readHeader(chunk: Buffer, offset: number): number {
    const missing = this.#headerLength() - this.#headerBytes;
    const taken = chunk.copy(this.#header, this.#headerBytes, offset, offset + missing);
    this.#headerBytes += taken;
    return taken;
  }

  /** Known as far as what was read tells. */
  #headerLength(): number {
    if (this.#headerBytes < FIRST_HEADER_BYTES) return FIRST_HEADER_BYTES;
    const second = this.#header.readUInt8(1);
    const lengthBytes = { 126: 2, 127: 8 }[second & 0x7f] ?? 0;
    return FIRST_HEADER_BYTES + lengthBytes + (second & 0x80 ? 4 : 0);
  }

  #beginFrame(): boolean {
    const short = this.#header.readUInt8(1) & 0x7f;
    if (short === 126) this.#payloadLeft = this.#header.readUInt16BE(2);
    else if (short === 127) this.#payloadLeft = Number(this.#header.readBigUInt64BE(2));
    else this.#payloadLeft = short;
    this.#headerBytes = 0;
    return (this.#header.readUInt8(0) & 0x0f) === OPCODE_BINARY;
  }
}
