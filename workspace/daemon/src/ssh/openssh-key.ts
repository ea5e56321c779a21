import { createHash, type JsonWebKey, randomInt } from 'node:crypto';

/** Both halves, 32 bytes each. */
export interface Ed25519Key {
  publicBytes: Buffer;
  seed: Buffer;
}

const TYPE = 'ssh-ed25519';
const BLOCK_BYTES = 8;
const LINE_CHARACTERS = 70;
const CHECK_MAX = 0xffff_ffff;

/** @throws Error when it is a key of another kind, or only half of one. */
export function keyOfJwk({ crv, x, d }: JsonWebKey): Ed25519Key {
  if (crv !== 'Ed25519' || x === undefined || d === undefined) throw new Error('not a whole Ed25519 key');
  return { publicBytes: Buffer.from(x, 'base64url'), seed: Buffer.from(d, 'base64url') };
}

/** As a line of a `.pub` file has it, without a comment. */
export function publicKeyText({ publicBytes }: Ed25519Key): string {
  return `${TYPE} ${publicBlob(publicBytes).toString('base64')}`;
}

/** As `ssh-keygen -l` prints it. */
export function fingerprintText({ publicBytes }: Ed25519Key): string {
  const digest = createHash('sha256').update(publicBlob(publicBytes)).digest('base64');
  return `SHA256:${digest.replace(/=+$/, '')}`;
}

/**
 * The file that OpenSSH keeps a private key in, without a passphrase (its PROTOCOL.key). Node writes PKCS #8, which OpenSSH reads for
 * this kind of key since version 9.6 only.
 */
export function privateKeyText({ publicBytes, seed }: Ed25519Key): string {
  const check = Buffer.alloc(4);
  check.writeUInt32BE(randomInt(CHECK_MAX));
  const fields = Buffer.concat([
    check,
    check,
    string(TYPE),
    string(publicBytes),
    string(Buffer.concat([seed, publicBytes])),
    string(''),
  ]);
  const padding = Buffer.from(
    Array.from({ length: (BLOCK_BYTES - (fields.length % BLOCK_BYTES)) % BLOCK_BYTES }, (_, at) => at + 1),
  );
  const keys = Buffer.alloc(4);
  keys.writeUInt32BE(1);
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    string('none'),
    string('none'),
    string(''),
    keys,
    string(publicBlob(publicBytes)),
    string(Buffer.concat([fields, padding])),
  ]);
  const lines = whole.toString('base64').match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? [];
  const [begin, end] = ['BEGIN', 'END'].map((word) => `-----${word} OPENSSH PRIVATE KEY-----`);
  return `${[begin, ...lines, end].join('\n')}\n`;
}

function publicBlob(publicBytes: Buffer): Buffer {
  return Buffer.concat([string(TYPE), string(publicBytes)]);
}

/** With its length before it (RFC 4251 §5). */
function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
