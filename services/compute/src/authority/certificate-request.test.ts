import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
} from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { certificateRequest, unpairedRequest } from '../../testing/certificate-requests.ts';
import { readCertificateRequest } from './certificate-request.ts';

const SERVER = { name: 'ws-4', hostname: '10.0.1.7' };
const rsa = (bits: number, exponent = [1, 0, 1]) => ({
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: bits,
  publicExponent: new Uint8Array(exponent),
});
const names = (...hosts: { type: 'dns' | 'ip' | 'url'; value: string }[]) => [
  new SubjectAlternativeNameExtension(hosts),
];
const refused = (csr: string, server = SERVER) =>
  expect(readCertificateRequest(csr, server)).rejects.toMatchObject({
    code: 'certificate_request_not_valid',
  });

describe('a request for a certificate', () => {
  it.each([
    ['for the server’s name', {}],
    ['for its address', { commonName: '10.0.1.7' }],
    ['with an RSA key', { algorithm: rsa(2048) }],
    ['with a key of P-384', { algorithm: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' } }],
    [
      'that asks for what servers are given',
      {
        extensions: [
          ...names({ type: 'ip', value: '10.0.1.7' }, { type: 'dns', value: 'WS-4' }),
          new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
          new KeyUsagesExtension(KeyUsageFlags.digitalSignature),
          new BasicConstraintsExtension(false),
        ],
      },
    ],
  ])('is taken %s', async (_what, options) => {
    const key = await readCertificateRequest(await certificateRequest(options), SERVER);
    expect(key.rawData.byteLength).toBeGreaterThan(80);
  });

  it.each([
    ['for the name of another server', { commonName: 'ws-1' }],
    ['for every name', { commonName: '*' }],
    ['with the address of another', { extensions: names({ type: 'ip', value: '10.0.1.8' }) }],
    ['with a name of another', { extensions: names({ type: 'dns', value: 'api.example.com' }) }],
    [
      'with its own name and another',
      { extensions: names({ type: 'ip', value: '10.0.1.7' }, { type: 'dns', value: 'ws-1' }) },
    ],
    ['with a name of another kind', { extensions: names({ type: 'url', value: 'https://ws-4/' }) }],
    ['to be a client', { extensions: [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])] }],
    [
      'to be a server and a client',
      {
        extensions: [
          new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
        ],
      },
    ],
    ['to be good for everything', { extensions: [new ExtendedKeyUsageExtension(['2.5.29.37.0'])] }],
    ['to be an authority', { extensions: [new BasicConstraintsExtension(true, 2, true)] }],
    ['to sign certificates', { extensions: [new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)] }],
    [
      'with an extension that no server needs',
      { extensions: [new Extension('1.2.3.4', true, new Uint8Array([5, 0]))] },
    ],
    ['with an RSA key that is too short', { algorithm: rsa(1024) }],
    ['with an RSA key of a weak exponent', { algorithm: rsa(2048, [3]) }],
    ['with a key that is no use for TLS', { algorithm: { name: 'Ed25519' } }],
  ])('is refused %s', async (_what, options) => {
    await refused(await certificateRequest(options));
  });

  it('is refused when its sender does not have the key', async () => {
    await refused(await unpairedRequest());
  });

  it('is refused when it is cut, doubled, or no request at all', async () => {
    const good = await certificateRequest();
    const lines = good.trim().split('\n');
    await refused('');
    await refused('hello');
    await refused(`${good}\n${good}`);
    await refused(`text before it\n${good}`);
    await refused(lines.toSpliced(2, 1).join('\n'));
    await refused(good.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE'));
    await refused('-----BEGIN CERTIFICATE REQUEST-----\nMAAA\n-----END CERTIFICATE REQUEST-----\n');
    await refused(
      `-----BEGIN CERTIFICATE REQUEST-----\n${'MIIB'.repeat(1500)}\n-----END CERTIFICATE REQUEST-----\n`,
    );
  });

  it('is taken for an IPv6 address however it is written', async () => {
    const csr = await certificateRequest({ extensions: names({ type: 'ip', value: 'fd00::7' }) });
    const server = { name: 'ws-4', hostname: 'FD00:0:0::7' };
    expect((await readCertificateRequest(csr, server)).rawData.byteLength).toBe(91);
    await refused(csr, { name: 'ws-4', hostname: 'fd00::8' });
  });
});
