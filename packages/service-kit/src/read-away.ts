import type { IncomingMessage } from 'node:http';

const LINGER_MS = 500;
const LINGER_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Reads on for a moment in a body that nobody wants: a connection that is closed on unread bytes is reset, and the client would lose the
 * response that tells it why. Resolves when the body has ended, or should be waited for no longer.
 */
export function readAway(incoming: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0;
    const settle = () => {
      clearTimeout(timer);
      incoming.off('data', count);
      resolve();
    };
    const count = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > LINGER_BYTES_MAX) settle();
    };
    const timer = setTimeout(settle, LINGER_MS);
    incoming.on('data', count);
    for (const event of ['end', 'close', 'error']) incoming.once(event, settle);
    incoming.resume();
  });
}
