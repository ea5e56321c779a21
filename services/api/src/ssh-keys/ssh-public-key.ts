import { createHash } from 'node:crypto';
import { PodexError } from '@podex/contracts/errors';
import { RSA_BITS_MAX, RSA_BITS_MIN, type SshKeyType, sshKeyType } from '@podex/contracts/ssh';

export interface SshPublicKey {
  type: SshKeyType;
  /** The key as it crosses the wire (RFC 4253 §6.6), in base64. */
  base64: string;
  /** As `ssh-keygen -l` prints it. */
  fingerprint: string;
  comment: string;
}

const ED25519_BYTES = 32;
/** Both coordinates and the byte that says so (SEC 1 §2.3.3). */
const POINT_BYTES = { nistp256: 65, nistp384: 97, nistp521: 133 } as const;
const UNCOMPRESSED_POINT = 0x04;
const APPLICATION_BYTES_MAX = 64;
const RSA_EXPONENT_BYTES_MAX = 4;

/** One field of a key: whether its bytes can be what the type says. */
type Field = (bytes: Buffer) => boolean;

const text =
  (expected: string): Field =>
  (bytes) =>
    bytes.equals(Buffer.from(expected));
const ed25519: Field = (bytes) => bytes.length === ED25519_BYTES;
const point =
  (curve: keyof typeof POINT_BYTES): Field =>
  (bytes) =>
    bytes.length === POINT_BYTES[curve] && bytes[0] === UNCOMPRESSED_POINT;
/** Of a key on a security key: who it signs for, as `ssh:`. */
const application: Field = (bytes) =>
  bytes.length <= APPLICATION_BYTES_MAX && /^ssh:[\x21-\x7e]*$/.test(bytes.toString('latin1'));
const exponent: Field = (bytes) => bytes.length > 0 && bytes.length <= RSA_EXPONENT_BYTES_MAX;
const modulus: Field = (bytes) => isWithin(bitsOf(bytes), RSA_BITS_MIN, RSA_BITS_MAX);

const FIELDS: Readonly<Record<SshKeyType, readonly Field[]>> = {
  'ssh-ed25519': [ed25519],
  'ecdsa-sha2-nistp256': [text('nistp256'), point('nistp256')],
  'ecdsa-sha2-nistp384': [text('nistp384'), point('nistp384')],
  'ecdsa-sha2-nistp521': [text('nistp521'), point('nistp521')],
  'ssh-rsa': [exponent, modulus],
  'sk-ssh-ed25519@openssh.com': [ed25519, application],
  'sk-ecdsa-sha2-nistp256@openssh.com': [text('nistp256'), point('nistp256'), application],
};

/**
 * Reads the line of a `.pub` file. Nothing but type, key and comment is taken: what an `authorized_keys` file may say before them
 * (commands, addresses) is refused, and so is a key of another shape than its type has.
 *
 * @throws PodexError invalid_request.
 */
export function parsePublicKey(line: string): SshPublicKey {
  const [, first = '', base64 = '', comment = ''] =
    /^(\S+)[ \t]+([A-Za-z0-9+/]+={0,2})(?:[ \t]+(.*))?$/.exec(line) ?? [];
  if (/PRIVATE KEY/.test(line)) {
    throw refused(
      'This is a private key. Keep it to yourself, and paste the line of the .pub file beside it.',
    );
  }
  const type = sshKeyType.safeParse(first);
  if (!type.success) {
    throw refused(
      'This is no public key that can be used here. Paste the line of a .pub file: it begins with ssh-ed25519, ecdsa-sha2-…, ssh-rsa or sk-….',
    );
  }
  const bytes = Buffer.from(base64, 'base64');
  const [name, ...fields] = readFields(bytes);
  const expected = FIELDS[type.data];
  if (type.data === 'ssh-rsa' && fields.length === expected.length) requireRsaSize(fields[1]);
  const isWhole =
    bytes.toString('base64') === base64 &&
    name?.toString('latin1') === type.data &&
    fields.length === expected.length &&
    expected.every((fits, index) => fits(fields[index] ?? Buffer.alloc(0)));
  if (!isWhole) throw refused('The key is damaged. Copy the whole line of the .pub file again.');
  return { type: type.data, base64, fingerprint: fingerprintOf(bytes), comment: comment.trim() };
}

function requireRsaSize(bytes: Buffer | undefined): void {
  const bits = bitsOf(bytes ?? Buffer.alloc(0));
  if (isWithin(bits, RSA_BITS_MIN, RSA_BITS_MAX)) return;
  throw refused(
    `An RSA key must have ${RSA_BITS_MIN} to ${RSA_BITS_MAX} bits; this one has ${bits}. Make a new key with ssh-keygen -t ed25519.`,
  );
}

function isWithin(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}

/** Of a number as RFC 4251 §5 writes it. */
function bitsOf(bytes: Buffer): number {
  const start = bytes.findIndex((byte) => byte !== 0);
  if (start === -1) return 0;
  return (bytes.length - start) * 8 - Math.clz32(bytes[start] ?? 0) + 24;
}

/** Strings with their lengths before them (RFC 4251 §5); none when they do not fill the bytes exactly. */
function readFields(bytes: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  let at = 0;
  while (at + 4 <= bytes.length) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return [];
    fields.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return at === bytes.length ? fields : [];
}

function fingerprintOf(bytes: Buffer): string {
  return `SHA256:${createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '')}`;
}

function refused(message: string): PodexError {
  return new PodexError('invalid_request', message, { issues: [`public_key: ${message}`] });
}
