import { PodexError } from '@podex/contracts/errors';
import { describeAddress, type EngineAddress } from './address.ts';

/** Which engine a call went to, for messages. */
export interface EngineIdentity {
  serverId: string;
  serverName: string;
  address: EngineAddress;
}

interface Failure {
  cause: string;
  cure: string;
}

type FailureOf = (address: EngineAddress, words: string) => Failure;

const tlsPath = (address: EngineAddress, part: 'caPath' | 'certPath' | 'keyPath') =>
  address.kind === 'tls' ? address[part] : '';

const refused: FailureOf = (address) => ({
  cause: 'nothing listens there',
  cure:
    address.kind === 'socket' ? 'start the Docker engine' : 'start its Docker engine, with TLS on this port',
});
const noRoute: FailureOf = () => ({
  cause: 'no network path leads there',
  cure: 'check the address, the private network and the firewall',
});
const noName: FailureOf = () => ({
  cause: 'the host name is not known',
  cure: 'correct the host name, or add it to DNS',
});
const slow: FailureOf = () => ({
  cause: 'it did not respond in time',
  cure: 'check that the machine is up and that its firewall admits this one',
});
const brokenOff: FailureOf = (address) => ({
  cause: 'the connection was broken off',
  cure:
    address.kind === 'socket'
      ? 'check that the Docker engine is running'
      : `check that the engine is running and accepts the client certificate ${address.certPath}`,
});
const foreignServer: FailureOf = (address) => ({
  cause: 'its certificate is not signed by the registered CA',
  cure: `put the CA that signed the server’s certificate into ${tlsPath(address, 'caPath')}`,
});
const wrongName: FailureOf = (address) => ({
  cause: 'its certificate is for another host name',
  cure: `register the server under a name of its certificate, or issue one that names ${address.kind === 'tls' ? address.host : 'it'}`,
});
const serverExpired: FailureOf = () => ({
  cause: 'its certificate has expired or is not valid yet',
  cure: 'renew the server’s certificate; check the clocks of both machines',
});
const clientRefused: FailureOf = (address) => ({
  cause: 'it refused our client certificate',
  cure: `put a client certificate of the server’s own CA into ${tlsPath(address, 'certPath')}`,
});
const clientMissing: FailureOf = (address) => ({
  cause: 'it wants a client certificate and got none',
  cure: `put one into ${tlsPath(address, 'certPath')}`,
});
const notTls: FailureOf = () => ({
  cause: 'it does not speak TLS on this port',
  cure: 'start its Docker engine with --tlsverify; plain TCP is never used',
});
const keyMismatch: FailureOf = (address) => ({
  cause: 'our client key does not belong to our client certificate',
  cure: `put the matching pair into ${tlsPath(address, 'certPath')} and ${tlsPath(address, 'keyPath')}`,
});
const clientOutOfDate: FailureOf = (address, words) => ({
  cause: words,
  cure: `put a valid one into ${tlsPath(address, 'certPath')}, and its key into ${tlsPath(address, 'keyPath')}; check compute’s clock`,
});
const badPem: FailureOf = () => ({
  cause: 'a registered TLS file holds no readable PEM',
  cure: 'copy the CA, certificate and key again',
});
const noAccess: FailureOf = () => ({
  cause: 'compute may not open it',
  cure: 'give the user of the compute service access',
});
const noFile: FailureOf = (address) =>
  address.kind === 'socket'
    ? { cause: 'the socket does not exist', cure: 'start the Docker engine' }
    : {
        cause: 'a registered TLS file is missing',
        cure: 'put it where the registration says, on compute’s disk',
      };

/** Code of a client certificate that is not valid now; the error’s words say since or until when. */
export const CLIENT_CERTIFICATE_OUT_OF_DATE = 'CLIENT_CERTIFICATE_OUT_OF_DATE';

/** By the codes of Node and OpenSSL. */
const FAILURES: Readonly<Record<string, FailureOf>> = {
  ECONNREFUSED: refused,
  EHOSTUNREACH: noRoute,
  ENETUNREACH: noRoute,
  EHOSTDOWN: noRoute,
  ENOTFOUND: noName,
  EAI_AGAIN: noName,
  ETIMEDOUT: slow,
  ECONNRESET: brokenOff,
  ECONNABORTED: brokenOff,
  EPIPE: brokenOff,
  UND_ERR_SOCKET: brokenOff,
  ENOENT: noFile,
  ENOTDIR: noFile,
  EISDIR: badPem,
  EACCES: noAccess,
  EPERM: noAccess,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: foreignServer,
  UNABLE_TO_GET_ISSUER_CERT: foreignServer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: foreignServer,
  SELF_SIGNED_CERT_IN_CHAIN: foreignServer,
  DEPTH_ZERO_SELF_SIGNED_CERT: foreignServer,
  CERT_SIGNATURE_FAILURE: foreignServer,
  INVALID_CA: foreignServer,
  CERT_UNTRUSTED: foreignServer,
  INVALID_PURPOSE: foreignServer,
  ERR_TLS_CERT_ALTNAME_INVALID: wrongName,
  HOSTNAME_MISMATCH: wrongName,
  CERT_HAS_EXPIRED: serverExpired,
  CERT_NOT_YET_VALID: serverExpired,
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
  EPROTO: notTls,
  HPE_INVALID_CONSTANT: notTls,
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: keyMismatch,
  ERR_OSSL_PEM_NO_START_LINE: badPem,
  ERR_OSSL_PEM_BAD_END_LINE: badPem,
  ERR_OSSL_PEM_BAD_BASE64_DECODE: badPem,
  ERR_OSSL_UNSUPPORTED: badPem,
  [CLIENT_CERTIFICATE_OUT_OF_DATE]: clientOutOfDate,
};

/** By the TLS alert with which the server refused us. */
const ALERTS: Readonly<Record<string, FailureOf>> = {
  CERTIFICATE_REQUIRED: clientMissing,
  HANDSHAKE_FAILURE: clientMissing,
  BAD_CERTIFICATE: clientRefused,
  UNSUPPORTED_CERTIFICATE: clientRefused,
  CERTIFICATE_EXPIRED: clientRefused,
  CERTIFICATE_REVOKED: clientRefused,
  CERTIFICATE_UNKNOWN: clientRefused,
  UNKNOWN_CA: clientRefused,
  DECRYPT_ERROR: clientRefused,
  ACCESS_DENIED: clientRefused,
};

/** OpenSSL puts another protocol name before an alert with almost every release: only the alert itself counts. */
function failureOf(code: string | undefined): FailureOf | undefined {
  if (code === undefined) return undefined;
  const alert = /^ERR_SSL_.*_ALERT_(\w+)$/.exec(code)?.[1];
  return alert === undefined ? FAILURES[code] : ALERTS[alert];
}

/** The code of an error, or of what caused it (at most four levels deep). */
function codeOf(error: unknown): string | undefined {
  let current = error;
  for (let depth = 0; depth < 4 && current instanceof Error; depth += 1) {
    if ('code' in current && typeof current.code === 'string' && current.code !== 'ABORT_ERR')
      return current.code;
    current = current.cause;
  }
  return undefined;
}

/**
 * A call that got no HTTP response: `server_unreachable` whose message says cause and cure.
 * Decided on codes alone; a failure whose code is not known says so with its own words.
 */
export function unreachable(error: unknown, engine: EngineIdentity): PodexError {
  const code = PodexError.has(error, 'timed_out') ? 'ETIMEDOUT' : codeOf(error);
  const words = (error instanceof Error ? error.message : String(error)).trim();
  const failure = failureOf(code)?.(engine.address, words) ?? {
    cause: words,
    cure: 'see the log of compute',
  };
  const where = `The Docker engine of ${engine.serverName} (${describeAddress(engine.address)}) cannot be reached`;
  return new PodexError(
    'server_unreachable',
    `${where}: ${failure.cause}. ${capitalise(failure.cure)}.`,
    { server_id: engine.serverId },
    { cause: error },
  );
}

/** An error response of the engine. It has no codes besides the HTTP status, so a full disk is recognised by its text. */
export function engineError(
  status: number,
  reason: string,
  call: string,
  engine: EngineIdentity,
): PodexError {
  if (/no space left on device|disk quota exceeded/i.test(reason)) {
    return new PodexError(
      'disk_full',
      `The disk of ${engine.serverName} is full. Free or add space there.`,
      {},
    );
  }
  return new PodexError(
    'container_failed',
    `The Docker engine of ${engine.serverName} refused ${call} (HTTP ${status}): ${reason}`,
    { reason },
  );
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
