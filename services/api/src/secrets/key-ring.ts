import { createHmac } from 'node:crypto';

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

  /** @throws Error for a key that `isWrappingKey` does not accept. */
  constructor(current: string, previous: readonly string[] = []) {
    this.current = toKey(current);
    this.#byId = new Map([...previous.map(toKey), this.current].map((key) => [key.id, key]));
  }

  find(id: string): WrappingKey | undefined {
    return this.#byId.get(id);
  }
}

/** Whether a text is 32 bytes in base64, base64url or hexadecimal. */
export function isWrappingKey(text: string): boolean {
  return parseKey(text) !== undefined;
}

function parseKey(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === KEY_BYTES ? bytes : undefined;
}

function toKey(text: string): WrappingKey {
  const bytes = parseKey(text);
  if (bytes === undefined) throw new Error('A key of secrets must be 32 bytes in base64 or hexadecimal');
  return { id: createHmac('sha256', bytes).update('podex secrets key id').digest('hex').slice(0, 16), bytes };
}
