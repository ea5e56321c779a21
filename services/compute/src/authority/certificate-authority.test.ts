import { X509Certificate } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { KeyList } from '@podex/service-kit/key-list';
import { createLogger } from '@podex/service-kit/logger';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { certificateRequest } from '../../testing/certificate-requests.ts';
import { CertificateAuthority } from './certificate-authority.ts';

const SECRET = 'a-secret-of-the-operator-of-32-characters';
const OTHER_SECRET = 'another-secret-of-the-operator-of-32-chars';
const DAY_MS = 24 * 60 * 60_000;
const logger = createLogger({ service: 'compute', level: 'fatal' });
const SERVER = { name: 'ws-4', hostname: '10.0.1.7' };

function authorityAt(directory: string, secrets: KeyList | undefined = [SECRET], daysLater = 0) {
  const now = () => new Date(Date.now() + daysLater * DAY_MS);
  return new CertificateAuthority({ directory, secrets, logger, now });
}

async function sign(authority: CertificateAuthority, server = SERVER) {
  return authority.sign({ ...server, csr: await certificateRequest({ commonName: server.name }) });
}

describe('the certificate of a server', () => {
  it('is good for its own address, for a server alone, and for a year', async () => {
    const signed = await sign(authorityAt(temporaryFolder('authority')));
    const certificate = new X509Certificate(signed.certificate);
    const authority = new X509Certificate(signed.ca_certificate);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect(certificate.subjectAltName).toBe('IP Address:10.0.1.7');
    expect(certificate.checkIP('10.0.1.7')).toBe('10.0.1.7');
    expect(certificate.checkIP('10.0.1.8')).toBeUndefined();
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(certificate.ca).toBe(false);
    expect(authority.ca).toBe(true);
    const days = (Date.parse(certificate.validTo) - Date.now()) / DAY_MS;
    expect(days).toBeGreaterThan(364);
    expect(days).toBeLessThan(366);
    expect(signed.fingerprint).toBe(certificate.fingerprint256.replaceAll(':', '').toLowerCase());
  });

  it.each([
    ['ws.example.com', 'DNS:ws.example.com'],
    ['WS.Example.com', 'DNS:ws.example.com'],
    ['fd00::7', 'IP Address:FD00:0:0:0:0:0:0:7'],
  ])('names the address %s', async (hostname, names) => {
    const signed = await sign(authorityAt(temporaryFolder('authority')), { name: 'ws-4', hostname });
    expect(new X509Certificate(signed.certificate).subjectAltName).toBe(names);
  });
});

describe('what compute shows to servers', () => {
  it('is a client’s certificate of the same authority, with its key beside it', async () => {
    const signed = await sign(authorityAt(temporaryFolder('authority')));
    const pem = await readFile(signed.tls_cert_path, 'utf8');
    const certificate = new X509Certificate(pem);
    const authority = new X509Certificate(await readFile(signed.tls_ca_path));
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(certificate.subjectAltName).toBeUndefined();
    expect(authority.toString()).toBe(new X509Certificate(signed.ca_certificate).toString());
    expect((await stat(signed.tls_key_path)).mode & 0o777).toBe(0o600);
  });

  it('is renewed a month before it ends, with the same key, and not sooner', async () => {
    const directory = temporaryFolder('authority');
    const { tls_cert_path: file, tls_key_path: keyFile } = await sign(authorityAt(directory));
    const [first, key] = [await readFile(file, 'utf8'), await readFile(keyFile, 'utf8')];
    await authorityAt(directory, [SECRET], 330).renew();
    expect(await readFile(file, 'utf8')).toBe(first);
    await authorityAt(directory, [SECRET], 336).renew();
    const second = new X509Certificate(await readFile(file, 'utf8'));
    expect(Date.parse(second.validTo) - Date.now()).toBeGreaterThan(700 * DAY_MS);
    expect(await readFile(keyFile, 'utf8')).toBe(key);
    expect(second.publicKey.equals(new X509Certificate(first).publicKey)).toBe(true);
  });

  it('is made again when it is damaged, or is another authority’s', async () => {
    const directory = temporaryFolder('authority');
    const other = await sign(authorityAt(temporaryFolder('authority')));
    const { tls_cert_path: file } = await sign(authorityAt(directory));
    for (const wrong of ['no certificate', await readFile(other.tls_cert_path, 'utf8')]) {
      await writeFile(file, wrong);
      const { ca_certificate: ca } = await sign(authorityAt(directory));
      const certificate = new X509Certificate(await readFile(file, 'utf8'));
      expect(certificate.verify(new X509Certificate(ca).publicKey)).toBe(true);
    }
  });
});

describe('the authority', () => {
  it('is not made before a server joins', async () => {
    const directory = temporaryFolder('authority');
    await authorityAt(directory).renew();
    expect(await readdir(directory)).toEqual([]);
  });

  it('is one, however many replicas make it at once in a folder that they share', async () => {
    const directory = temporaryFolder('authority');
    const replicas = Array.from({ length: 8 }, () => authorityAt(directory));
    const signed = await Promise.all(replicas.map((replica) => sign(replica)));
    expect(new Set(signed.map(({ ca_certificate: ca }) => ca)).size).toBe(1);
    expect((await readdir(directory)).sort()).toEqual([
      'authority.json',
      'ca.pem',
      'client-cert.pem',
      'client-key.pem',
    ]);
  });

  it('keeps its key encrypted', async () => {
    const directory = temporaryFolder('authority');
    await sign(authorityAt(directory));
    const text = await readFile(path.join(directory, 'authority.json'), 'utf8');
    expect(text).not.toContain('PRIVATE KEY');
    const sealed = Buffer.from(JSON.parse(text).sealed_key, 'base64');
    // How a P-256 key in PKCS #8 begins.
    expect(sealed.includes(Buffer.from('06072a8648ce3d0201', 'hex'))).toBe(false);
    expect((await stat(path.join(directory, 'authority.json'))).mode & 0o777).toBe(0o600);
    await expect(sign(authorityAt(directory, [OTHER_SECRET]))).rejects.toMatchObject({
      code: 'certificates_unusable',
      message: expect.stringContaining('under another COMPUTE_CA_KEY_SECRET'),
    });
  });

  it('stays the same while its secret is changed', async () => {
    const directory = temporaryFolder('authority');
    const { ca_certificate: ca } = await sign(authorityAt(directory));
    expect((await sign(authorityAt(directory, [OTHER_SECRET, SECRET]))).ca_certificate).toBe(ca);
    expect((await sign(authorityAt(directory, [OTHER_SECRET]))).ca_certificate).toBe(ca);
    await expect(sign(authorityAt(directory))).rejects.toMatchObject({ code: 'certificates_unusable' });
  });

  it.each([
    [
      'another certificate',
      (text: string, other: string) => ({ ...JSON.parse(text), certificate: JSON.parse(other).certificate }),
    ],
    [
      'a key that was changed',
      (text: string) => {
        const { certificate, sealed_key: sealed } = JSON.parse(text);
        const bytes = Buffer.from(sealed, 'base64');
        bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
        return { certificate, sealed_key: bytes.toString('base64') };
      },
    ],
    ['nothing that can be read', () => 'nothing'],
  ])('refuses to sign with %s', async (_what, change) => {
    const [directory, other] = [temporaryFolder('authority'), temporaryFolder('authority')];
    await sign(authorityAt(directory));
    await sign(authorityAt(other));
    const read = (folder: string) => readFile(path.join(folder, 'authority.json'), 'utf8');
    const changed = change(await read(directory), await read(other));
    await writeFile(path.join(directory, 'authority.json'), JSON.stringify(changed));
    await expect(sign(authorityAt(directory))).rejects.toMatchObject({ code: 'certificates_unusable' });
  });

  it('refuses where the operator gave no secret, and when it has ended', async () => {
    const directory = temporaryFolder('authority');
    const without = new CertificateAuthority({ directory, secrets: undefined, logger });
    await expect(sign(without)).rejects.toMatchObject({
      code: 'certificates_not_configured',
      context: { variable: 'COMPUTE_CA_KEY_SECRET' },
    });
    expect(await readdir(directory)).toEqual([]);
    await sign(authorityAt(directory));
    await expect(sign(authorityAt(directory, [SECRET], 3651))).rejects.toMatchObject({
      code: 'certificates_unusable',
      message: expect.stringContaining('has expired'),
    });
  });
});
