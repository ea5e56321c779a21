import { Socket } from 'node:net';
import { DAEMON_SOCKET_PATH } from '@podex/contracts/internal/link';
import { serveLink } from './bridge/link-server.ts';
import { StdioDuplex } from './bridge/stdio-duplex.ts';

const DAEMON_TIMEOUT_MS = 10_000;
const PING_INTERVAL_MS = 20_000;

/**
 * The inner end of the link, started in the container by `docker exec`: HTTP/2 over its standard input and output, for as long as those
 * are open. Nothing else may be written there.
 */
process.title = 'podex-bridge';
const daemonSocketPath = process.argv[2] ?? DAEMON_SOCKET_PATH;
const input = new Socket({ fd: 0, readable: true, writable: false });
// Not process.stdout: Node writes to that one synchronously, and a slow reader would stop everything here.
const output = new Socket({ fd: 1, readable: false, writable: true });
serveLink(new StdioDuplex(input, output), {
  daemonSocketPath,
  daemonTimeoutMs: DAEMON_TIMEOUT_MS,
  pingIntervalMs: PING_INTERVAL_MS,
}).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
