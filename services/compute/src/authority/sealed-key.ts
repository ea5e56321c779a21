import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { KeyList } from '@podex/service-kit/key-list';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const SALT_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const PURPOSE = 'podex certificate authority 1';

/** Encrypts a private key under a secret of the operator. What it belongs to is authenticated with it. */
export function sealKey(secret: string, owner: string, plain: Buffer): Buffer {
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, derive(secret, salt), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(owner));
  return Buffer.concat([salt, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** @returns undefined when it was sealed under another secret, for another owner, or was changed since. */
export function openKey(secrets: KeyList, owner: string, sealed: Buffer): OpenedKey | undefined {
  if (sealed.length <= SALT_BYTES + NONCE_BYTES + TAG_BYTES) return undefined;
  for (const secret of secrets) {
    const plain = decrypt(secret, owner, sealed);
    if (plain !== undefined) return { plain, isCurrent: secret === secrets[0] };
  }
  return undefined;
}

export interface OpenedKey {
  plain: Buffer;
  /** Sealed under the first secret, and not under the one that it takes the place of. */
  isCurrent: boolean;
}

function decrypt(secret: string, owner: string, sealed: Buffer): Buffer | undefined {
  const salt = sealed.subarray(0, SALT_BYTES);
  const nonce = sealed.subarray(SALT_BYTES, SALT_BYTES + NONCE_BYTES);
  const text = sealed.subarray(SALT_BYTES + NONCE_BYTES, -TAG_BYTES);
  const decipher = createDecipheriv(CIPHER, derive(secret, salt), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(owner)).setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(text), decipher.final()]);
  } catch {
    return undefined;
  }
}

function derive(secret: string, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, PURPOSE, KEY_BYTES));
}
