import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { JWT_SECONDS_MAX, type PublicJwk, publicJwk } from '@podex/contracts/jwts';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose';
import { z } from 'zod';
import type { Db, Tx } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import { deriveKey } from './derived-key.ts';
import {
  deleteOldSigningKeys,
  deleteSigningKey,
  findPublicKey,
  findSigningKey,
  insertSigningKey,
  type KeyAges,
  listPublicKeys,
  lockSigningKeys,
} from './signing-key-store.ts';

export const JWT_ALGORITHM = 'ES256';

const DAY_SECONDS = 24 * 60 * 60;
const SIGNS_SECONDS = 30 * DAY_SECONDS;
/** For the clocks of several processes. */
const LEEWAY_SECONDS = 60;
const AGES: KeyAges = {
  signsSeconds: SIGNS_SECONDS,
  verifiesSeconds: SIGNS_SECONDS + JWT_SECONDS_MAX + LEEWAY_SECONDS,
};

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const privateJwk = z.looseObject({ kty: z.literal('EC'), d: z.string() });

export interface KeyThatSigns {
  id: string;
  privateKey: CryptoKey;
}

/** Keys of JWTs: one signs for 30 days, and verifies until the last JWT that it signed has ended. */
export class SigningKeys {
  readonly #db: Db;
  readonly #transact: Transact;
  readonly #seal: Buffer;
  #last: KeyThatSigns | undefined;

  constructor({ db, transact, sessionSecret }: { db: Db; transact: Transact; sessionSecret: string }) {
    this.#db = db;
    this.#transact = transact;
    this.#seal = deriveKey(sessionSecret, 'signing keys of JWTs');
  }

  /** Makes one where there is none, the last is too old, or JWT_SECRET_KEY has changed since. */
  async current(): Promise<KeyThatSigns> {
    const row = await findSigningKey(this.#db, AGES);
    if (row !== undefined && row.id === this.#last?.id) return this.#last;
    const key = (row && (await this.#open(row.id, row.private_key))) ?? (await this.#replace());
    this.#last = key;
    return key;
  }

  /** Undefined when there is no such key, or its last JWT has ended. */
  async findPublic(id: string): Promise<PublicJwk | undefined> {
    return findPublicKey(this.#db, id, AGES);
  }

  async list(): Promise<{ keys: PublicJwk[] }> {
    return { keys: await listPublicKeys(this.#db, AGES) };
  }

  async #replace(): Promise<KeyThatSigns> {
    const pair = await generateKeyPair(JWT_ALGORITHM, { extractable: true });
    const bare = await exportJWK(pair.publicKey);
    const id = await calculateJwkThumbprint(bare);
    const jwk = publicJwk.parse({ ...bare, kid: id, alg: JWT_ALGORITHM, use: 'sig' });
    const sealed = this.#close(id, JSON.stringify(await exportJWK(pair.privateKey)));
    return this.#transact(async ({ tx }) => {
      await lockSigningKeys(tx);
      const other = await this.#openPresent(tx);
      if (other !== undefined) return other;
      await insertSigningKey(tx, { id, publicJwk: jwk, sealed });
      await deleteOldSigningKeys(tx, AGES);
      return { id, privateKey: pair.privateKey };
    });
  }

  /** The key that another process made meanwhile. One that cannot be opened goes: who knows the old secret could sign with it. */
  async #openPresent(tx: Tx): Promise<KeyThatSigns | undefined> {
    const row = await findSigningKey(tx, AGES);
    if (row === undefined) return undefined;
    const opened = await this.#open(row.id, row.private_key);
    if (opened === undefined) await deleteSigningKey(tx, row.id);
    return opened;
  }

  #close(id: string, text: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#seal, nonce).setAAD(Buffer.from(id));
    return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  }

  async #open(id: string, sealed: Buffer): Promise<KeyThatSigns | undefined> {
    const text = this.#unseal(id, sealed);
    if (text === undefined) return undefined;
    const key = await importJWK(privateJwk.parse(JSON.parse(text)), JWT_ALGORITHM);
    return key instanceof Uint8Array ? undefined : { id, privateKey: key };
  }

  /** Undefined when it was sealed with another secret. */
  #unseal(id: string, sealed: Buffer): string | undefined {
    const decipher = createDecipheriv('aes-256-gcm', this.#seal, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(id))
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    const text = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
    try {
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }
}
