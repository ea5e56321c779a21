import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import path from 'node:path';
import { PublicKey, X509Certificate } from '@peculiar/x509';
import { PodexError } from '@podex/contracts/errors';
import type { SignCertificateInput, SignedCertificate } from '@podex/contracts/internal/certificates';
import type { KeyList } from '@podex/service-kit/key-list';
import type { Logger } from '@podex/service-kit/logger';
import { z } from 'zod';
import { SingleFlight } from '../waiting/single-flight.ts';
import { readCertificateRequest } from './certificate-request.ts';
import {
  createAuthorityCertificate,
  DAY_MS,
  fingerprintOf,
  type Issuer,
  issueForClient,
  issueForServer,
  openIssuer,
} from './issue-certificate.ts';
import { createKept, readKept, replaceKept } from './kept-files.ts';
import { openKey, sealKey } from './sealed-key.ts';

/** What is left of its year when the certificate that compute shows is made again. */
const CLIENT_RENEWED_DAYS_BEFORE = 30;
const PRIVATE_MODE = 0o600;
const PUBLIC_MODE = 0o644;
const SECRET_VARIABLE = 'COMPUTE_CA_KEY_SECRET';

/** Certificate and sealed key in one file: neither is ever there without the other. */
const authorityFile = z.object({ certificate: z.string(), sealed_key: z.base64() });

export interface CertificateAuthorityOptions {
  directory: string;
  /** Undefined: there is none, and no server can join. */
  secrets: KeyList | undefined;
  logger: Logger;
  now?: () => Date;
}

/**
 * Signs what servers that join show to compute, and what compute shows to them. All of it lies in one folder, which replicas of
 * compute share; the key of the authority lies there encrypted.
 */
export class CertificateAuthority {
  readonly #options: CertificateAuthorityOptions;
  readonly #files: Record<'authority' | 'ca' | 'clientKey' | 'clientCert', string>;
  readonly #opening = new SingleFlight<'issuer', Issuer>();
  readonly #keeping = new SingleFlight<'client', void>();
  readonly #now: () => Date;

  constructor(options: CertificateAuthorityOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
    const within = (name: string) => path.join(options.directory, name);
    this.#files = {
      authority: within('authority.json'),
      ca: within('ca.pem'),
      clientKey: within('client-key.pem'),
      clientCert: within('client-cert.pem'),
    };
  }

  /** @throws PodexError certificate_request_not_valid, certificates_not_configured, certificates_unusable. */
  async sign({ csr, name, hostname }: SignCertificateInput): Promise<SignedCertificate> {
    const publicKey = await readCertificateRequest(csr, { name, hostname });
    const issuer = await this.#openIssuer();
    await this.#keepClientCertificate(issuer);
    const certificate = await issueForServer(issuer, { publicKey, name, hostname }, this.#now());
    return {
      certificate: certificate.toString('pem'),
      ca_certificate: issuer.certificate.toString('pem'),
      fingerprint: fingerprintOf(certificate),
      expires_at: certificate.notAfter.toISOString(),
      tls_ca_path: this.#files.ca,
      tls_cert_path: this.#files.clientCert,
      tls_key_path: this.#files.clientKey,
    };
  }

  /** Makes the certificate that compute shows again in time. Does nothing where no server has joined yet. */
  async renew(): Promise<void> {
    if ((await readKept(this.#files.authority)) === undefined) return;
    await this.#keepClientCertificate(await this.#openIssuer());
  }

  async #openIssuer(): Promise<Issuer> {
    const { directory, secrets } = this.#options;
    if (secrets === undefined) throw notConfigured();
    try {
      return await this.#opening.run('issuer', () => this.#openOrCreate(secrets));
    } catch (error) {
      throw PodexError.isInstance(error) ? error : unusable(`The folder ${directory} cannot be used`, error);
    }
  }

  async #openOrCreate(secrets: KeyList): Promise<Issuer> {
    const { authority: file, ca } = this.#files;
    const text = (await readKept(file)) ?? (await this.#create(secrets));
    const { certificate, sealed_key: sealed } = parseAuthority(text, file);
    const opened = openKey(secrets, certificate, Buffer.from(sealed, 'base64'));
    if (opened === undefined) {
      throw unusable(
        `${file} was encrypted under another ${SECRET_VARIABLE}, or was changed. ` +
          'Give compute that secret again; without it, move the folder away and join every server again',
      );
    }
    if (!opened.isCurrent)
      await replaceKept(file, sealedFile(secrets[0], certificate, opened.plain), PRIVATE_MODE);
    const issuer = await openIssuer(certificate, opened.plain);
    opened.plain.fill(0);
    if (issuer.certificate.notAfter <= this.#now()) {
      throw unusable(
        `The authority in ${file} has expired. Move the folder away and join every server again`,
      );
    }
    if ((await readKept(ca)) !== certificate) await replaceKept(ca, certificate, PUBLIC_MODE);
    return issuer;
  }

  /** @returns what is kept: of several replicas that make one at once, the first one’s. */
  async #create(secrets: KeyList): Promise<string> {
    const { authority: file } = this.#files;
    const { certificate, key } = await createAuthorityCertificate(this.#now());
    const text = sealedFile(secrets[0], certificate, key);
    key.fill(0);
    if (await createKept(file, text, PRIVATE_MODE)) {
      this.#options.logger.info({ file }, 'authority.created');
      return text;
    }
    const kept = await readKept(file);
    if (kept === undefined) throw unusable(`${file} was removed while it was read`);
    return kept;
  }

  async #keepClientCertificate(issuer: Issuer): Promise<void> {
    await this.#keeping.run('client', async () => {
      const { clientCert, clientKey, ca } = this.#files;
      const key = await this.#openClientKey();
      const kept = await readKept(clientCert);
      if (kept !== undefined && (await isGood(kept, { key, issuer, now: this.#now() }))) return;
      const publicKey = new PublicKey(createPublicKey(key).export({ format: 'der', type: 'spki' }));
      const certificate = await issueForClient(issuer, publicKey, this.#now());
      // Its key stays: who reads both while one of them is replaced still has a pair.
      await replaceKept(clientCert, certificate.toString('pem'), PUBLIC_MODE);
      this.#options.logger.info(
        { file: clientCert, key: clientKey, ca, expires_at: certificate.notAfter.toISOString() },
        'authority.client_certificate_made',
      );
    });
  }

  async #openClientKey(): Promise<string> {
    const { clientKey: file } = this.#files;
    const kept = await readKept(file);
    if (kept !== undefined) return requireKey(kept, file);
    const made = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    await createKept(file, made.export({ format: 'pem', type: 'pkcs8' }).toString(), PRIVATE_MODE);
    return requireKey((await readKept(file)) ?? '', file);
  }
}

interface Wanted {
  key: string;
  issuer: Issuer;
  now: Date;
}

async function isGood(pem: string, { key, issuer, now }: Wanted): Promise<boolean> {
  try {
    const certificate = new X509Certificate(pem);
    const isPaired = createPublicKey(key)
      .export({ format: 'der', type: 'spki' })
      .equals(Buffer.from(certificate.publicKey.rawData));
    const isLasting = certificate.notAfter.getTime() - now.getTime() > CLIENT_RENEWED_DAYS_BEFORE * DAY_MS;
    const publicKey = issuer.certificate.publicKey;
    return isPaired && isLasting && (await certificate.verify({ publicKey, signatureOnly: true }));
  } catch {
    return false;
  }
}

function parseAuthority(text: string, file: string): z.infer<typeof authorityFile> {
  try {
    return authorityFile.parse(JSON.parse(text));
  } catch (error) {
    throw unusable(
      `${file} is damaged. Restore it from a backup, or move the folder away and join every server again`,
      error,
    );
  }
}

function sealedFile(secret: string, certificate: string, key: Buffer): string {
  const sealed = sealKey(secret, certificate, key).toString('base64');
  return `${JSON.stringify({ certificate, sealed_key: sealed }, null, 2)}\n`;
}

function requireKey(pem: string, file: string): string {
  try {
    createPrivateKey(pem);
    return pem;
  } catch (error) {
    throw unusable(`${file} is not a private key. Remove it, and it is made again`, error);
  }
}

function unusable(reason: string, cause?: unknown): PodexError {
  return new PodexError(
    'certificates_unusable',
    `Compute can’t certify servers. ${reason}.`,
    { reason },
    cause === undefined ? {} : { cause },
  );
}

function notConfigured(): PodexError {
  return new PodexError(
    'certificates_not_configured',
    `No server can join: compute has no key to keep its certificate authority under. Set ${SECRET_VARIABLE}, or register the server with certificates of your own.`,
    { variable: SECRET_VARIABLE },
  );
}
