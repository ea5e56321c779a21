import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** https://www.w3.org/TR/webauthn-3/#authdata-flags */
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const ATTESTED_CREDENTIAL = 0x40;
const AAGUID_BYTES = 16;
const CREDENTIAL_ID_BYTES = 32;
/** COSE: https://www.rfc-editor.org/rfc/rfc9053#section-7.1 */
const COSE = { keyType: 1, algorithm: 3, curve: -1, x: -2, y: -3, ec2: 2, es256: -7, p256: 1 };

/** What a page and its browser do wrong, or an authenticator does not do. */
export interface Ceremony {
  origin: string;
  rpId: string;
  isUserVerified?: boolean;
}

/** A passkey in software, on an authenticator that speaks WebAuthn without attestation (ES256). */
export class Authenticator {
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  readonly #id = randomBytes(CREDENTIAL_ID_BYTES);
  #counter = 0;

  get id(): string {
    return this.#id.toString('base64url');
  }

  /** The response to `navigator.credentials.create()`, as the page sends it. */
  create(challenge: string, ceremony: Ceremony) {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.#id.length);
    const attested = Buffer.concat([
      Buffer.alloc(AAGUID_BYTES),
      length,
      this.#id,
      coseKey(this.#keys.publicKey),
    ]);
    const authData = Buffer.concat([this.#head(ceremony, ATTESTED_CREDENTIAL), attested]);
    const attestation = cborMap([
      [cborText('fmt'), cborText('none')],
      [cborText('attStmt'), cborMap([])],
      [cborText('authData'), cborBytes(authData)],
    ]);
    return this.#credential({
      clientDataJSON: clientData('webauthn.create', challenge, ceremony),
      attestationObject: attestation.toString('base64url'),
      transports: ['internal'],
    });
  }

  /** The response to `navigator.credentials.get()`. */
  get(challenge: string, ceremony: Ceremony) {
    this.#counter += 1;
    const authenticatorData = this.#head(ceremony, 0);
    const client = clientData('webauthn.get', challenge, ceremony);
    const hash = createHash('sha256').update(Buffer.from(client, 'base64url')).digest();
    const signature = sign('sha256', Buffer.concat([authenticatorData, hash]), this.#keys.privateKey);
    return this.#credential({
      clientDataJSON: client,
      authenticatorData: authenticatorData.toString('base64url'),
      signature: signature.toString('base64url'),
    });
  }

  #head({ rpId, isUserVerified = true }: Ceremony, flags: number): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.#counter);
    const all = flags | USER_PRESENT | (isUserVerified ? USER_VERIFIED : 0);
    return Buffer.concat([createHash('sha256').update(rpId).digest(), Buffer.from([all]), counter]);
  }

  #credential<Response>(response: Response) {
    const { id } = this;
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response };
  }
}

function clientData(type: string, challenge: string, { origin }: Ceremony): string {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false })).toString('base64url');
}

function coseKey(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return cborMap([
    [cborInteger(COSE.keyType), cborInteger(COSE.ec2)],
    [cborInteger(COSE.algorithm), cborInteger(COSE.es256)],
    [cborInteger(COSE.curve), cborInteger(COSE.p256)],
    [cborInteger(COSE.x), cborBytes(Buffer.from(x, 'base64url'))],
    [cborInteger(COSE.y), cborBytes(Buffer.from(y, 'base64url'))],
  ]);
}

/** The major types of CBOR (RFC 8949) that are needed, each with its length or value. */
const [POSITIVE, NEGATIVE, BYTES, TEXT, MAP] = [0, 1, 2, 3, 5];

function cborHead(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  if (value < 256) return Buffer.from([(major << 5) | 24, value]);
  return Buffer.from([(major << 5) | 25, value >> 8, value & 0xff]);
}

function cborInteger(value: number): Buffer {
  return value >= 0 ? cborHead(POSITIVE, value) : cborHead(NEGATIVE, -1 - value);
}

function cborBytes(bytes: Buffer): Buffer {
  return Buffer.concat([cborHead(BYTES, bytes.length), bytes]);
}

function cborText(text: string): Buffer {
  return Buffer.concat([cborHead(TEXT, Buffer.byteLength(text)), Buffer.from(text)]);
}

function cborMap(entries: readonly (readonly [Buffer, Buffer])[]): Buffer {
  return Buffer.concat([cborHead(MAP, entries.length), ...entries.flat()]);
}
