import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { within } from '@podex/service-kit/waiting';
import { type EngineIdentity, unreachable } from './errors.ts';
import { readTlsFiles, type TlsAddress } from './tls-files.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;

/** What the server showed of itself. */
export interface ServerTls {
  expiresAt: Date;
}

/**
 * One handshake, to read the server’s certificate.
 *
 * @throws PodexError server_unreachable when nothing responds there, or with a certificate that is not to be trusted.
 */
export async function probeServerTls(
  identity: EngineIdentity & { address: TlsAddress },
  signal?: AbortSignal,
): Promise<ServerTls> {
  try {
    const { secureContext } = await readTlsFiles(identity.address);
    return await within({ timeoutMs: HANDSHAKE_TIMEOUT_MS, signal }, (ending) =>
      shakeHands(identity.address, secureContext, ending),
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable(error, identity);
  }
}

type SecureContext = Awaited<ReturnType<typeof readTlsFiles>>['secureContext'];

function shakeHands(
  { host, port }: TlsAddress,
  secureContext: SecureContext,
  ending: AbortSignal,
): Promise<ServerTls> {
  return new Promise((resolve, reject) => {
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const socket = connect({ host, port, secureContext, rejectUnauthorized: true, ...servername });
    const cut = () => socket.destroy();
    ending.addEventListener('abort', cut, { once: true });
    socket.once('error', reject);
    socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      if (certificate !== undefined) resolve({ expiresAt: new Date(certificate.validTo) });
      socket.destroy();
    });
  });
}
