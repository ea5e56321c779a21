import { createHmac } from 'node:crypto';

/** Of AES-256. */
const KEY_BYTES = 32;

/** A key that wraps data keys. */
export interface WrappingKey {
  /** Names it in rows and messages, and tells nothing of it. */
  id: string;
  bytes: Buffer;
}

/** The key that wraps from now on, and those that only open what they wrapped before. */
export class KeyRing {
  readonly current: WrappingKey;
  readonly #byId: ReadonlyMap<string, WrappingKey>;

  /** Keys as the configuration has checked them. @throws Error for one that is not 32 bytes. */
  constructor({ current, previous = [] }: { current: string; previous?: readonly string[] }) {
    this.current = toKey(current);
    this.#byId = new Map([...previous.map(toKey), this.current].map((key) => [key.id, key]));
  }

  find(id: string): WrappingKey | undefined {
    return this.#byId.get(id);
  }
}

function toKey(text: string): WrappingKey {
  const bytes = Buffer.from(text, text.length === 2 * KEY_BYTES ? 'hex' : 'base64');
  if (bytes.length !== KEY_BYTES) throw new Error('A key of secrets must have 32 bytes');
  return { id: createHmac('sha256', bytes).update('podex secrets key id').digest('hex').slice(0, 16), bytes };
}
