import { createHash, createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';

// What ssh and its agent say: RFC 4251 § 5, RFC 4252 § 7, RFC 5656, RFC 8332, RFC 8709, OpenSSH’s PROTOCOL and PROTOCOL.agent.

export const ED25519 = 'ssh-ed25519';
const USERAUTH_REQUEST = 50;
const CONNECTION = 'ssh-connection';
const BY_KEY = 'publickey';
/** The same, with the key of the host at its end. */
const BY_KEY_AT_HOST = 'publickey-hostbound-v00@openssh.com';
const CURVES: Readonly<Record<string, { crv: string; bytes: number; hash: string }>> = {
  'ecdsa-sha2-nistp256': { crv: 'P-256', bytes: 32, hash: 'sha256' },
  'ecdsa-sha2-nistp384': { crv: 'P-384', bytes: 48, hash: 'sha384' },
  'ecdsa-sha2-nistp521': { crv: 'P-521', bytes: 66, hash: 'sha512' },
};
const RSA_HASHES: Readonly<Record<string, string>> = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512' };

/** Not in the form that it must have. */
class Malformed extends Error {}

class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  byte(): number {
    return this.#take(1)[0] ?? 0;
  }

  string(): Buffer {
    return this.#take(this.#take(4).readUInt32BE());
  }

  text(): string {
    return this.string().toString('latin1');
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new Malformed('more bytes than fields');
  }

  #take(count: number): Buffer {
    const part = this.#bytes.subarray(this.#at, this.#at + count);
    if (part.length !== count) throw new Malformed('fewer bytes than fields');
    this.#at += count;
    return part;
  }
}

export function wireString(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** As a line of a known_hosts file has it, behind the name of the host. */
export function lineOfKey(key: Buffer): string {
  return `${new WireReader(key).text()} ${key.toString('base64')}`;
}

export function keyOfLine(line: string): { type: string; key: Buffer } {
  const [type = '', base64 = ''] = line.split(' ');
  return { type, key: Buffer.from(base64, 'base64') };
}

export interface Authentication {
  /** Of the connection that the signature is for; it is good for no other. */
  sessionId: Buffer;
  key: Buffer;
  /** Of the host, where ssh names it. */
  hostKey: Buffer | undefined;
}

/** What is to be signed, where that is a sign-in by key and nothing else. */
export function readAuthentication(data: Buffer): Authentication | undefined {
  return orUndefined(() => {
    const reader = new WireReader(data);
    const sessionId = reader.string();
    if (reader.byte() !== USERAUTH_REQUEST) return undefined;
    reader.string();
    const service = reader.text();
    const method = reader.text();
    const isSigned = reader.byte() === 1;
    const algorithm = reader.text();
    const key = reader.string();
    if (service !== CONNECTION || !isSigned || algorithm !== ED25519) return undefined;
    if (method !== BY_KEY && method !== BY_KEY_AT_HOST) return undefined;
    const hostKey = method === BY_KEY_AT_HOST ? reader.string() : undefined;
    reader.end();
    return { sessionId, key, hostKey };
  });
}

/** Whether this host signed the id of the connection: it is at the other end of it. */
export function isSignedByHost(hostKey: Buffer, sessionId: Buffer, signature: Buffer): boolean {
  const isGood = orUndefined(() => {
    const type = new WireReader(hostKey).text();
    const reader = new WireReader(signature);
    const algorithm = reader.text();
    const value = reader.string();
    reader.end();
    if (type === ED25519 && algorithm === ED25519)
      return verify(null, sessionId, publicKeyOf(hostKey), value);
    const curve = CURVES[type];
    if (curve !== undefined && algorithm === type) {
      const key = { key: publicKeyOf(hostKey), dsaEncoding: 'ieee-p1363' } as const;
      return verify(curve.hash, sessionId, key, pointSignature(value, curve.bytes));
    }
    const hash = type === 'ssh-rsa' ? RSA_HASHES[algorithm] : undefined;
    return hash !== undefined && verify(hash, sessionId, publicKeyOf(hostKey), value);
  });
  return isGood === true;
}

function publicKeyOf(bytes: Buffer): KeyObject {
  const reader = new WireReader(bytes);
  const key = readJwk(reader.text(), reader);
  reader.end();
  return createPublicKey({ key, format: 'jwk' });
}

function readJwk(type: string, reader: WireReader): JsonWebKey {
  if (type === ED25519) return { kty: 'OKP', crv: 'Ed25519', x: reader.string().toString('base64url') };
  if (type === 'ssh-rsa') {
    const exponent = unsigned(reader.string()).toString('base64url');
    return { kty: 'RSA', e: exponent, n: unsigned(reader.string()).toString('base64url') };
  }
  const curve = CURVES[type];
  if (curve === undefined) throw new Malformed('a kind of key that is not known');
  reader.string();
  // The first byte says that both coordinates follow.
  const point = reader.string().subarray(1);
  const x = point.subarray(0, curve.bytes).toString('base64url');
  return { kty: 'EC', crv: curve.crv, x, y: point.subarray(curve.bytes).toString('base64url') };
}

function pointSignature(value: Buffer, bytes: number): Buffer {
  const reader = new WireReader(value);
  const halves = [reader.string(), reader.string()].map((half) => {
    const number = unsigned(half);
    if (number.length > bytes) throw new Malformed('a number that is too large');
    return Buffer.concat([Buffer.alloc(bytes - number.length), number]);
  });
  reader.end();
  return Buffer.concat(halves);
}

/** A number without the zeros before it. */
function unsigned(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  return bytes.subarray(start === -1 ? bytes.length : start);
}

/** The bytes come from a workspace: whatever is wrong with them, nothing is signed. */
function orUndefined<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Malformed || isOfCrypto(error)) return undefined;
    throw error;
  }
}

function isOfCrypto(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^ERR_(OSSL|CRYPTO|INVALID)/.test(String(error.code));
}
