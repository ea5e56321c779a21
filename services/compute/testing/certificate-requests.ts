import { type Extension, Pkcs10CertificateRequestGenerator } from '@peculiar/x509';

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface RequestOptions {
  commonName?: string;
  extensions?: Extension[];
  algorithm?: object;
}

/** A request for a certificate as a server, or somebody who would like to be one, may send it. */
export async function certificateRequest({
  commonName = 'ws-4',
  extensions = [],
  algorithm = EC,
}: RequestOptions = {}): Promise<string> {
  const signing = algorithm as EcKeyGenParams & { hash: string };
  const keys = await crypto.subtle.generateKey(signing, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm: signing,
    extensions,
  });
  return request.toString('pem');
}

/** A request whose key and signature do not fit: that of another is put in its place. */
export async function unpairedRequest(): Promise<string> {
  const [one, other] = [await derOf(), await derOf()];
  const key = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
  const [at, otherAt] = [one.indexOf(key), other.indexOf(key)];
  const mixed = Buffer.from(one);
  other.copy(mixed, at, otherAt, otherAt + SPKI_BYTES);
  return `-----BEGIN CERTIFICATE REQUEST-----\n${mixed.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
}

/** Of a P-256 key. */
const SPKI_BYTES = 91;

async function derOf(): Promise<Buffer> {
  const pem = await certificateRequest();
  return Buffer.from(pem.replaceAll(/-----[A-Z ]+-----/g, ''), 'base64');
}
