import { connect } from 'node:net';

const FIRST_BYTE_TIMEOUT_MS = 10_000;
/** After what came last. */
const SILENCE_MS = 400;

/**
 * Sends bytes as they are and half-closes. Resolves with what came back when the other end has closed, or has said nothing for a while: some
 * of what is sent is the beginning of something that may still come.
 */
export function sendRaw(socketPath: string, parts: readonly Buffer[]): Promise<Buffer> {
  return new Promise((resolve) => {
    const received: Buffer[] = [];
    const socket = connect({ path: socketPath, allowHalfOpen: true });
    socket.setTimeout(FIRST_BYTE_TIMEOUT_MS, () => socket.destroy());
    socket.on('data', (chunk) => {
      received.push(chunk);
      socket.setTimeout(SILENCE_MS);
    });
    // A reset is an answer as well.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(received)));
    socket.on('end', () => socket.destroy());
    for (const part of parts) socket.write(part);
    socket.end();
  });
}
