import { createHash, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  type PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { canonicalHost, type ServerName } from './certificate-request.ts';

export const DAY_MS = 24 * 60 * 60_000;
const AUTHORITY_DAYS = 3650;
const LEAF_DAYS = 365;
/** A clock that is behind by so much still takes a new certificate. */
const BACKDATED_MS = 5 * 60_000;
const SERIAL_BYTES = 16;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

export interface Issuer {
  certificate: X509Certificate;
  key: CryptoKey;
}

/** A certificate that signs others, and its private key. */
export async function createAuthorityCertificate(now: Date): Promise<{ certificate: string; key: Buffer }> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ O: ['Podex'] }, { CN: [`Podex workspace servers ${randomBytes(4).toString('hex')}`] }],
    ...validity(now, AUTHORITY_DAYS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      // It signs what servers and clients show, and no further authority.
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { certificate: certificate.toString('pem'), key };
}

export async function openIssuer(certificate: string, key: Buffer): Promise<Issuer> {
  return {
    certificate: new X509Certificate(certificate),
    key: await crypto.subtle.importKey('pkcs8', new Uint8Array(key), ALGORITHM, false, ['sign']),
  };
}

/** Good for being connected to under one address, and for nothing else. */
export function issueForServer(
  issuer: Issuer,
  { publicKey, name, hostname }: ServerName & { publicKey: PublicKey },
  now: Date,
): Promise<X509Certificate> {
  const host = canonicalHost(hostname);
  const names = new SubjectAlternativeNameExtension([{ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }]);
  return issue(issuer, { publicKey, commonName: name, purpose: ExtendedKeyUsage.serverAuth, names }, now);
}

/** Good for connecting to servers of this authority, and for nothing else. */
export function issueForClient(issuer: Issuer, publicKey: PublicKey, now: Date): Promise<X509Certificate> {
  return issue(issuer, { publicKey, commonName: 'podex compute', purpose: ExtendedKeyUsage.clientAuth }, now);
}

interface Leaf {
  publicKey: PublicKey;
  commonName: string;
  purpose: ExtendedKeyUsage;
  names?: SubjectAlternativeNameExtension;
}

async function issue(
  { certificate: authority, key }: Issuer,
  { publicKey, commonName, purpose, names }: Leaf,
  now: Date,
): Promise<X509Certificate> {
  const { notBefore, notAfter } = validity(now, LEAF_DAYS);
  return X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: [{ O: ['Podex'] }, { CN: [commonName] }],
    issuer: authority.subjectName,
    notBefore,
    notAfter: new Date(Math.min(notAfter.getTime(), authority.notAfter.getTime())),
    publicKey,
    signingKey: key,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
      new ExtendedKeyUsageExtension([purpose]),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(authority.publicKey),
      ...(names === undefined ? [] : [names]),
    ],
  });
}

/** SHA-256 of it, as audit logs and people compare it. */
export function fingerprintOf(certificate: X509Certificate): string {
  return createHash('sha256').update(Buffer.from(certificate.rawData)).digest('hex');
}

function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  const at = now.getTime();
  return { notBefore: new Date(at - BACKDATED_MS), notAfter: new Date(at + days * DAY_MS) };
}

/** Positive, and of full length (RFC 5280 §4.1.2.2). */
function newSerial(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}
