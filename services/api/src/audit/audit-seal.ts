import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** Where the log begins and ends. */
export interface LogEnds {
  last_seq: number;
  last_hash: Buffer;
  removed_seq: number;
  removed_hash: Buffer;
}

export interface SealedEnds extends LogEnds {
  key_id: string | null;
  seal: Buffer | null;
}

/** `new`: nothing was ever written. `other_key`: it cannot be checked with the key of now. */
export type SealState = 'new' | 'fits' | 'other_key' | 'broken';

const KEY_BYTES = 32;
const KEY_ID_DIGITS = 16;

/** Anybody who can write to the database can compute plain hashes again, but cannot seal the ends of the log without this key. */
export class AuditSeal {
  readonly keyId: string;
  readonly #key: Buffer;

  constructor(sessionSecret: string) {
    this.#key = Buffer.from(hkdfSync('sha256', sessionSecret, '', 'podex audit seal', KEY_BYTES));
    this.keyId = createHmac('sha256', this.#key).update('key id').digest('hex').slice(0, KEY_ID_DIGITS);
  }

  sealOf(ends: LogEnds): Buffer {
    const form = JSON.stringify([
      'podex-audit-ends-1',
      ends.last_seq,
      ends.last_hash.toString('hex'),
      ends.removed_seq,
      ends.removed_hash.toString('hex'),
    ]);
    return createHmac('sha256', this.#key).update(form).digest();
  }

  check(ends: SealedEnds): SealState {
    if (ends.seal === null) return ends.last_seq === 0 ? 'new' : 'broken';
    const wanted = this.sealOf(ends);
    if (ends.seal.length === wanted.length && timingSafeEqual(ends.seal, wanted)) return 'fits';
    return ends.key_id === this.keyId ? 'broken' : 'other_key';
  }
}
