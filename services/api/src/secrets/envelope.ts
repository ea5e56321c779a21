import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyRing, WrappingKey } from './key-ring.ts';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What a value belongs to. It is authenticated with the value: in the row of another it cannot be decrypted. */
export interface SecretPlace {
  owner: { kind: string; id: string };
  name: string;
  version: number;
}

/** A data key as it is stored: under the wrapping key of that id. */
export interface WrappedKey {
  keyId: string;
  wrappedKey: Buffer;
}

export interface SealedSecret extends WrappedKey {
  sealedValue: Buffer;
}

/** The operator has taken the key away, or somebody changed what is stored. */
export class UnreadableSecret extends Error {
  readonly why: 'unknown_key' | 'damaged';

  constructor(why: UnreadableSecret['why'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'UnreadableSecret';
    this.why = why;
  }
}

/** Encrypts a value with a new data key, and that with the current wrapping key. */
export function sealSecret(keys: KeyRing, place: SecretPlace, value: string): SealedSecret {
  const dataKey = randomBytes(KEY_BYTES);
  try {
    return {
      ...wrap(keys.current, place, dataKey),
      sealedValue: encrypt(dataKey, contextOf('value', place), Buffer.from(value, 'utf8')),
    };
  } finally {
    dataKey.fill(0);
  }
}

/** @throws UnreadableSecret when its key is not there, or anything of it is not as it was sealed. */
export function openSecret(keys: KeyRing, place: SecretPlace, sealed: SealedSecret): string {
  const dataKey = unwrap(keys, place, sealed);
  try {
    return intact(place, () => decrypt(dataKey, contextOf('value', place), sealed.sealedValue)).toString(
      'utf8',
    );
  } finally {
    dataKey.fill(0);
  }
}

/**
 * The same data key under the current wrapping key. The value stays as it is.
 *
 * @throws UnreadableSecret as openSecret.
 */
export function rewrapKey(keys: KeyRing, place: SecretPlace, wrapped: WrappedKey): WrappedKey {
  const dataKey = unwrap(keys, place, wrapped);
  try {
    return wrap(keys.current, place, dataKey);
  } finally {
    dataKey.fill(0);
  }
}

function wrap(key: WrappingKey, place: SecretPlace, dataKey: Buffer): WrappedKey {
  return { keyId: key.id, wrappedKey: encrypt(key.bytes, contextOf(`key ${key.id}`, place), dataKey) };
}

function unwrap(keys: KeyRing, place: SecretPlace, { keyId, wrappedKey }: WrappedKey): Buffer {
  const key = keys.find(keyId);
  if (key === undefined) {
    throw new UnreadableSecret(
      'unknown_key',
      `The secret ${place.name} is encrypted with the key ${keyId}, which api does not have.`,
    );
  }
  return intact(place, () => decrypt(key.bytes, contextOf(`key ${keyId}`, place), wrappedKey));
}

function intact(place: SecretPlace, open: () => Buffer): Buffer {
  try {
    return open();
  } catch (error) {
    const message = `The secret ${place.name} cannot be decrypted: what is stored of it was changed.`;
    throw new UnreadableSecret('damaged', message, { cause: error });
  }
}

/** Unambiguous: JSON quotes whatever a name or an id may hold. */
function contextOf(purpose: string, { owner, name, version }: SecretPlace): Buffer {
  return Buffer.from(JSON.stringify(['podex secret 1', purpose, owner.kind, owner.id, name, version]));
}

/** Nonce, ciphertext, tag. */
function encrypt(key: Buffer, context: Buffer, plain: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(context);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** @throws Error when a byte of it, the key or the context is another. */
function decrypt(key: Buffer, context: Buffer, sealed: Buffer): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new Error('it is too short');
  const tagStart = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(context).setAuthTag(sealed.subarray(tagStart));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, tagStart)), decipher.final()]);
}
