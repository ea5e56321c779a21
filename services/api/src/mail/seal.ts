import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Letter } from './letter.ts';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const sealedLetter = z.object({ subject: z.string(), text: z.string(), html: z.string() });

/** Keeps waiting letters unreadable in the database and its backups: their links let people in. */
export class LetterSeal {
  readonly #key: Uint8Array;

  constructor(sessionSecret: string) {
    this.#key = new Uint8Array(hkdfSync('sha256', sessionSecret, '', 'podex.mail', KEY_BYTES));
  }

  seal({ subject, text, html }: Letter): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce);
    const body = cipher.update(JSON.stringify({ subject, text, html }), 'utf8');
    return Buffer.concat([nonce, body, cipher.final(), cipher.getAuthTag()]);
  }

  /** @returns undefined when it was sealed with another secret, or changed. */
  open(sealed: Buffer): Letter | undefined {
    if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      const text = Buffer.concat([
        decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)),
        decipher.final(),
      ]);
      return sealedLetter.parse(JSON.parse(text.toString('utf8')));
    } catch {
      return undefined;
    }
  }
}
