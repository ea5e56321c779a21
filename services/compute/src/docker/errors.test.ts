import { PodexError } from '@podex/contracts/errors';
import { describe, expect, it } from 'vitest';
import { type EngineIdentity, engineError, unreachable } from './errors.ts';

const tls: EngineIdentity = {
  serverId: 'srv_x',
  serverName: 'ws1',
  address: {
    kind: 'tls',
    host: '10.0.1.11',
    port: 2376,
    caPath: '/c/ca.pem',
    certPath: '/c/cert.pem',
    keyPath: '/c/key.pem',
  },
};

function coded(code: string): Error {
  return Object.assign(new Error('words that nobody decides on'), { code });
}

describe('unreachable', () => {
  it.each([
    ['ECONNREFUSED', 'nothing listens there'],
    ['EHOSTUNREACH', 'no network path'],
    ['ENOTFOUND', 'host name is not known'],
    ['ETIMEDOUT', 'did not respond in time'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', '/c/ca.pem'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'names 10.0.1.11'],
    ['CERT_HAS_EXPIRED', 'has expired'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'wants a client certificate'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'refused our client certificate'],
    ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'refused our client certificate'],
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'refused our client certificate'],
    ['ERR_OSSL_X509_KEY_VALUES_MISMATCH', 'does not belong to'],
    ['EPROTO', 'does not speak TLS'],
    ['ENOENT', 'TLS file is missing'],
  ])('says cause and cure of %s', (code, words) => {
    const error = unreachable(coded(code), tls);
    expect(error.code).toBe('server_unreachable');
    expect(error.context).toEqual({ server_id: 'srv_x' });
    expect(error.message).toContain('ws1 (10.0.1.11:2376)');
    expect(error.message).toContain(words);
  });

  it('finds the code of what caused the failure', () => {
    const error = unreachable(new Error('outer', { cause: coded('ECONNREFUSED') }), tls);
    expect(error.message).toContain('nothing listens there');
  });

  it('gives the words of a failure that it does not know', () => {
    expect(unreachable(coded('E_NEW'), tls).message).toContain('words that nobody decides on');
  });
});

describe('engineError', () => {
  it('tells a full disk from the rest', () => {
    const full = engineError(500, 'write /x: no space left on device', 'container.start', tls);
    expect(PodexError.has(full, 'disk_full')).toBe(true);
    const other = engineError(400, 'Unknown runtime specified x', 'container.create', tls);
    expect(PodexError.has(other, 'container_failed')).toBe(true);
  });
});
