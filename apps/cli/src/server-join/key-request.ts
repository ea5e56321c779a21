import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { JoinedServer, OpenJoinToken } from '@podex/contracts/join-tokens';
import { CliError } from '../cli-error.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface KeyRequest {
  /** PEM. It stays on this machine. */
  key: string;
  /** PKCS #10 in PEM. */
  csr: string;
}

/** A new private key, and the request for a certificate of it. */
export async function createKeyRequest(name: string): Promise<KeyRequest> {
  // Loaded by this command alone.
  const { Pkcs10CertificateRequestGenerator } = await import('@peculiar/x509');
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [name] }],
    keys,
    signingAlgorithm: ALGORITHM,
  });
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return { key: key.export({ format: 'pem', type: 'pkcs8' }).toString(), csr: request.toString('pem') };
}

/** @throws CliError unless it is for this key and this address, and of the authority that came with it. */
export function requireOwnCertificate(
  key: string,
  { certificate: pem, ca_certificate: caPem }: JoinedServer,
  { hostname }: Pick<OpenJoinToken, 'hostname'>,
): void {
  const [certificate, authority] = [new X509Certificate(pem), new X509Certificate(caPem)];
  const isOwn = certificate.publicKey.equals(createPublicKey(key));
  const isSigned = certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  const isNamed = isIP(hostname) === 0 ? certificate.checkHost(hostname) : certificate.checkIP(hostname);
  if (isOwn && isSigned && isNamed !== undefined) return;
  throw new CliError('Podex answered with a certificate that is not for this server; nothing was written', {
    cure: 'check that the address after --url is that of your Podex',
  });
}
