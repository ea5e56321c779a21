import { createHash, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { EngineAddress } from './address.ts';
import { CLIENT_CERTIFICATE_OUT_OF_DATE } from './errors.ts';

export type TlsAddress = EngineAddress & { kind: 'tls' };

/** The registered files of one server, found to fit together and to be valid now. */
export interface TlsFiles {
  secureContext: SecureContext;
  clientExpiresAt: Date;
}

/**
 * Certificates are checked here, so that a wrong file is reported as such, and not as an unreachable server.
 *
 * @throws an error with a code when a file is missing or unreadable, the key is another certificate’s, or the certificate is not valid now.
 */
export async function readTlsFiles(address: TlsAddress, nowMs: number = Date.now()): Promise<TlsFiles> {
  const [ca, cert, key] = await readAll(address);
  const secureContext = createSecureContext({ ca, cert, key, minVersion: 'TLSv1.2' });
  const { validFrom, validTo } = new X509Certificate(cert);
  const [from, to] = [new Date(validFrom), new Date(validTo)];
  if (to.getTime() <= nowMs) throw outOfDate(`our client certificate expired on ${dayOf(to)}`);
  if (from.getTime() > nowMs) throw outOfDate(`our client certificate is not valid before ${dayOf(from)}`);
  return { secureContext, clientExpiresAt: to };
}

/** Another value when the content of any of the files is another; undefined when one cannot be read. */
export async function fingerprintTlsFiles(address: TlsAddress): Promise<string | undefined> {
  try {
    const hash = createHash('sha256');
    for (const content of await readAll(address)) hash.update(createHash('sha256').update(content).digest());
    return hash.digest('hex');
  } catch {
    return undefined;
  }
}

function readAll({ caPath, certPath, keyPath }: TlsAddress): Promise<[Buffer, Buffer, Buffer]> {
  return Promise.all([readFile(caPath), readFile(certPath), readFile(keyPath)]);
}

function outOfDate(words: string): Error {
  return Object.assign(new Error(words), { code: CLIENT_CERTIFICATE_OUT_OF_DATE });
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
