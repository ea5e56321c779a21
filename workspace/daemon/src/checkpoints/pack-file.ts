import { hash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { decode, encode } from './content-codec.ts';

const HASH_BYTES = 32;
/** Hash, offset, stored bytes, whole bytes, codec. */
const ROW_BYTES = HASH_BYTES + 6 + 4 + 4 + 1;
const MARK = Buffer.from('podexpak');
const FOOTER_BYTES = 6 + HASH_BYTES + MARK.length;
const OFFSET_BYTES = 6;
const FLUSH_BYTES = 1_048_576;

/** Where an object lies. */
export interface PackedObject {
  offset: number;
  storedBytes: number;
  bytes: number;
  codec: number;
}

export function hashOf(content: Buffer): string {
  return hash('sha256', content, 'hex');
}

/**
 * Objects one behind the other, then where each is, then the hash of that. Written once, under another name until it is whole, and
 * read from its end: one file and one sync for all that a checkpoint adds.
 */
export class PackWriter {
  readonly #temporary: string;
  readonly #folder: string;
  readonly #fd: number;
  readonly rows = new Map<string, PackedObject>();
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #offset = 0;
  #isOpen = true;

  constructor(folder: string) {
    this.#folder = folder;
    this.#temporary = `${folder}/${randomBytes(8).toString('hex')}.new`;
    this.#fd = fs.openSync(this.#temporary, 'wx', 0o600);
  }

  /** Written so far. */
  get bytes(): number {
    return this.#offset;
  }

  add(id: string, content: Buffer): void {
    if (this.rows.has(id)) return;
    const { codec, bytes } = encode(content);
    this.addStored(id, { storedBytes: bytes.length, bytes: content.length, codec }, bytes);
  }

  /** As another pack has it. */
  addStored(id: string, row: Omit<PackedObject, 'offset'>, stored: Buffer): void {
    this.rows.set(id, { ...row, offset: this.#offset });
    this.#write(stored);
  }

  /** Makes the pack whole and durable. Returns its name; none when nothing was added. What fails leaves nothing. */
  finish(): string | undefined {
    try {
      if (this.rows.size > 0) return this.#seal();
    } finally {
      this.abandon();
    }
    return undefined;
  }

  /** Without an effect once it is finished. */
  abandon(): void {
    if (!this.#isOpen) return;
    this.#close();
    fs.rmSync(this.#temporary, { force: true });
  }

  #seal(): string {
    const table = Buffer.concat(Array.from(this.rows, ([id, row]) => toRow(id, row)));
    const start = Buffer.alloc(OFFSET_BYTES);
    start.writeUIntBE(this.#offset, 0, OFFSET_BYTES);
    this.#write(Buffer.concat([table, start, Buffer.from(hashOf(table), 'hex'), MARK]));
    this.#flush();
    fs.fsyncSync(this.#fd);
    const name = `${randomBytes(8).toString('hex')}.pack`;
    fs.renameSync(this.#temporary, `${this.#folder}/${name}`);
    this.#close();
    return name;
  }

  #close(): void {
    this.#isOpen = false;
    fs.closeSync(this.#fd);
  }

  #write(bytes: Buffer): void {
    // A piece of a file lies in a buffer that is used again.
    this.#pending.push(bytes.length < FLUSH_BYTES ? Buffer.from(bytes) : bytes);
    this.#pendingBytes += bytes.length;
    this.#offset += bytes.length;
    if (this.#pendingBytes >= FLUSH_BYTES) this.#flush();
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    for (let done = 0; done < bytes.length; ) done += fs.writeSync(this.#fd, bytes, done);
  }
}

function toRow(id: string, { offset, storedBytes, bytes, codec }: PackedObject): Buffer {
  const row = Buffer.alloc(ROW_BYTES);
  row.write(id, 0, 'hex');
  row.writeUIntBE(offset, HASH_BYTES, OFFSET_BYTES);
  row.writeUInt32BE(storedBytes, HASH_BYTES + 6);
  row.writeUInt32BE(bytes, HASH_BYTES + 10);
  row.writeUInt8(codec, HASH_BYTES + 14);
  return row;
}

/** A pack that is whole. */
export class PackReader {
  readonly #fd: number;
  readonly file: string;
  readonly bytes: number;
  readonly rows: ReadonlyMap<string, PackedObject>;

  /** @throws when it is damaged. */
  constructor(file: string) {
    this.file = file;
    this.#fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
    try {
      this.bytes = fs.fstatSync(this.#fd).size;
      this.rows = this.#readTable();
    } catch (error) {
      fs.closeSync(this.#fd);
      throw error;
    }
  }

  /** As it is stored. */
  readStored({ offset, storedBytes }: PackedObject): Buffer {
    return this.#read(offset, storedBytes);
  }

  /** @throws when it is not what was stored. */
  read(id: string, row: PackedObject): Buffer {
    const content = decode({ codec: row.codec, bytes: this.readStored(row) }, row.bytes);
    if (hashOf(content) !== id) throw new Error(`The object ${id} is damaged.`);
    return content;
  }

  close(): void {
    fs.closeSync(this.#fd);
  }

  delete(): void {
    fs.rmSync(this.file, { force: true });
    this.close();
  }

  #readTable(): Map<string, PackedObject> {
    const footer = this.#read(this.bytes - FOOTER_BYTES, FOOTER_BYTES);
    const start = footer.readUIntBE(0, OFFSET_BYTES);
    const table = this.#read(start, this.bytes - FOOTER_BYTES - start);
    const isWhole = footer.subarray(-MARK.length).equals(MARK) && table.length % ROW_BYTES === 0;
    const sum = footer.toString('hex', OFFSET_BYTES, OFFSET_BYTES + HASH_BYTES);
    if (!isWhole || hashOf(table) !== sum) throw new Error(`The pack ${this.file} is damaged.`);
    const rows = new Map<string, PackedObject>();
    for (let at = 0; at < table.length; at += ROW_BYTES) {
      const row = table.subarray(at, at + ROW_BYTES);
      rows.set(row.toString('hex', 0, HASH_BYTES), {
        offset: row.readUIntBE(HASH_BYTES, OFFSET_BYTES),
        storedBytes: row.readUInt32BE(HASH_BYTES + 6),
        bytes: row.readUInt32BE(HASH_BYTES + 10),
        codec: row.readUInt8(HASH_BYTES + 14),
      });
    }
    return rows;
  }

  #read(position: number, length: number): Buffer {
    if (position < 0 || length < 0 || position + length > this.bytes) {
      throw new Error(`The pack ${this.file} ends early.`);
    }
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const count = fs.readSync(this.#fd, bytes, done, length - done, position + done);
      if (count === 0) throw new Error(`The pack ${this.file} ends early.`);
      done += count;
    }
    return bytes;
  }
}
