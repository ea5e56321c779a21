import { createPublicKey, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  type PublicKey,
  SubjectAlternativeNameExtension,
} from '@peculiar/x509';
import { PodexError } from '@podex/contracts/errors';

/** Whom a certificate is for. */
export interface ServerName {
  name: string;
  /** Where compute connects to: an IP address or a host name. */
  hostname: string;
}

const PEM = /^-----BEGIN CERTIFICATE REQUEST-----\s+[A-Za-z0-9+/=\s]+-----END CERTIFICATE REQUEST-----\s*$/;
const CURVES: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
const RSA_BITS_MIN = 2048;
const RSA_BITS_MAX = 8192;
const RSA_EXPONENT_MIN = 65_537n;
const SIGNS_CERTIFICATES = KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign;

/**
 * The key of a request, once it is shown that its sender has it. Nothing else of the request is used: names and purposes come from
 * who asks for the signature. A request that wants more than that is refused, so that nobody believes to have got it.
 *
 * @throws PodexError certificate_request_not_valid.
 */
export async function readCertificateRequest(pem: string, server: ServerName): Promise<PublicKey> {
  const request = parse(pem);
  if (!(await isSigned(request))) throw notValid('It is not signed with the key that it holds.');
  requireStrongKey(request.publicKey);
  for (const commonName of request.subjectName.getField('CN')) requireOwnName(commonName, server);
  for (const extension of request.extensions) requireModest(extension, server);
  return request.publicKey;
}

/** The one way in which an address is written: `2001:db8::1` is not another than `2001:0DB8:0::1`. */
export function canonicalHost(host: string): string {
  if (isIP(host) !== 6) return host.toLowerCase();
  return new URL(`http://[${host}]`).hostname.slice(1, -1);
}

function parse(pem: string): Pkcs10CertificateRequest {
  if (!PEM.test(pem)) throw notValid('It is not one PKCS #10 request in PEM.');
  try {
    return new Pkcs10CertificateRequest(pem);
  } catch (error) {
    throw notValid('It cannot be read as a PKCS #10 request.', error);
  }
}

async function isSigned(request: Pkcs10CertificateRequest): Promise<boolean> {
  try {
    return await request.verify();
  } catch {
    // A key or a signature of a kind that is not known here.
    return false;
  }
}

function requireStrongKey(publicKey: PublicKey): void {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = keyOf(publicKey);
  if (type === 'ec' && CURVES.has(details.namedCurve)) return;
  const { modulusLength: bits = 0, publicExponent = 0n } = details;
  const isStrong = bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX && publicExponent >= RSA_EXPONENT_MIN;
  if (type === 'rsa' && isStrong) return;
  throw notValid(
    `Its key must be EC (P-256, P-384, P-521) or RSA of ${RSA_BITS_MIN} to ${RSA_BITS_MAX} bits.`,
  );
}

function keyOf(publicKey: PublicKey): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(publicKey.rawData), format: 'der', type: 'spki' });
  } catch (error) {
    throw notValid('Its key cannot be read.', error);
  }
}

function requireModest(extension: Extension, server: ServerName): void {
  if (extension instanceof BasicConstraintsExtension) {
    if (extension.ca) throw notValid('It asks for an authority of its own.');
    return;
  }
  if (extension instanceof ExtendedKeyUsageExtension) {
    if (extension.usages.every((usage) => usage === ExtendedKeyUsage.serverAuth)) return;
    throw notValid('It asks for another purpose than that of a server.');
  }
  if (extension instanceof KeyUsagesExtension) {
    if ((extension.usages & SIGNS_CERTIFICATES) === 0) return;
    throw notValid('It asks to sign certificates.');
  }
  if (extension instanceof SubjectAlternativeNameExtension) {
    for (const { value } of extension.names.items) requireOwnName(value, server);
    return;
  }
  throw notValid(`It asks for the extension ${extension.type}, which no server needs.`);
}

function requireOwnName(asked: string, { name, hostname }: ServerName): void {
  const isOwn = [name, hostname].some((own) => canonicalHost(own) === canonicalHost(asked));
  if (!isOwn)
    throw notValid(`It asks for the name ${JSON.stringify(asked.slice(0, 100))}, which is another’s.`);
}

function notValid(reason: string, cause?: unknown): PodexError {
  return new PodexError(
    'certificate_request_not_valid',
    `The request for a certificate is refused. ${reason}`,
    { reason },
    cause === undefined ? {} : { cause },
  );
}
