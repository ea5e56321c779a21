import { type Http2Session, performServerHandshake } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { parseLinkAuthority } from '@podex/contracts/internal/daemon';
import type { BridgeStream } from '../src/links/link.ts';

export interface BridgeDouble {
  /** Our end, as `docker exec` gives it. */
  stream: BridgeStream;
  session: Http2Session;
  /** As when the network is cut: nothing comes through any more, and nobody says so. */
  freeze(): void;
}

/** The inner end of a link, in this process: the daemon is what listens on the TCP port. */
export function startBridge(daemonPort: number): BridgeDouble {
  const [outer, inner] = duplexPair();
  const session = performServerHandshake(inner);
  session.on('error', () => session.destroy());
  session.on('stream', (stream, headers) => {
    const target = parseLinkAuthority(headers[':authority'] ?? '');
    stream.on('error', () => stream.destroy());
    const port = target?.kind === 'port' ? target.port : daemonPort;
    const socket = connectTcp(port, '127.0.0.1');
    socket.once('connect', () => {
      stream.respond({ ':status': 200 });
      join(stream, socket);
    });
    socket.once('error', () => {
      if (stream.headersSent || stream.destroyed) stream.destroy();
      else stream.respond({ ':status': 502 }, { endStream: true });
    });
  });
  return {
    stream: Object.assign(outer, { stderr: '' }),
    session,
    freeze() {
      inner.removeAllListeners('data');
      inner.removeAllListeners('readable');
      inner.pause();
    },
  };
}

function join(left: Duplex, right: Duplex): void {
  left.pipe(right);
  right.pipe(left);
  left.once('close', () => right.destroy());
  right.once('close', () => left.destroy());
}
