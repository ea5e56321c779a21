import { WebSocket } from 'ws';

/** A WebSocket to the end of its handshake; disposed of, it is closed. */
export async function openSocket(url: string, token: string): Promise<WebSocket & Disposable> {
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  return Object.assign(socket, { [Symbol.dispose]: () => socket.terminate() });
}
