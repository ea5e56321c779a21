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
serveLink(new StdioDuplex(process.stdin, process.stdout), {
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
