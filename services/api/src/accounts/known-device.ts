import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

export const DEVICE_COOKIE = 'podex.device';
export const DEVICE_LIFETIME_SECONDS = 180 * 24 * 60 * 60;

const KEY_BYTES = 32;
const ID_BYTES = 16;
const SHAPE = /^([\w-]{22})\.(\d{1,12})\.([\w-]{43})$/;

/**
 * Knows the browsers that have signed in to an account before, by a signed cookie. It opens nothing: it only lets the owner try a
 * password while strangers use up the account’s tries.
 */
export class KnownDevices {
  readonly #key: Uint8Array;

  constructor(sessionSecret: string) {
    this.#key = new Uint8Array(hkdfSync('sha256', sessionSecret, '', DEVICE_COOKIE, KEY_BYTES));
  }

  /** What stands for an account in counters and cookies, so that neither shows email addresses. */
  accountKey(email: string): string {
    return this.#sign(`account\0${email.toLowerCase()}`);
  }

  /** A cookie for a browser that has just signed in to the account; it keeps its id if it was known. */
  issue(email: string, known: string | undefined): string {
    const id = known ?? randomBytes(ID_BYTES).toString('base64url');
    const expires = Math.floor(Date.now() / 1000) + DEVICE_LIFETIME_SECONDS;
    return `${id}.${expires}.${this.#signDevice(id, expires, email)}`;
  }

  /** The id of the device, if the cookie is ours, for this account, and not too old. */
  recognise(cookie: string | null | undefined, email: string): string | undefined {
    const [, id, expires, signature] = SHAPE.exec(cookie ?? '') ?? [];
    if (id === undefined || expires === undefined || signature === undefined) return undefined;
    if (Number(expires) * 1000 < Date.now()) return undefined;
    const expected = this.#signDevice(id, Number(expires), email);
    return timingSafeEqual(Buffer.from(signature), Buffer.from(expected)) ? id : undefined;
  }

  #signDevice(id: string, expires: number, email: string): string {
    return this.#sign(`device\0${id}\0${expires}\0${this.accountKey(email)}`);
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}
