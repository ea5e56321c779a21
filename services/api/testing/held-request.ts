import { once } from 'node:events';
import { connect } from 'node:net';
import type { TestApi, TestUser } from './test-api.ts';

export interface HeldRequest {
  /** Sends the last byte. @returns the status; undefined when the connection was cut. */
  finish(): Promise<number | undefined>;
}

const STATUS_LINE = /^HTTP\/1\.1 (\d{3}) /;

/** A request that api has let in, and whose body is whole but for its last byte. */
export async function holdRequest(
  api: TestApi,
  { as, method, path, body }: { as: TestUser; method: string; path: string; body: object },
): Promise<HeldRequest> {
  const { hostname, port } = new URL(api.baseUrl);
  const text = JSON.stringify(body);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, 'connect');
  let received = '';
  socket.on('data', (chunk) => {
    received += String(chunk);
  });
  socket.on('error', () => socket.destroy());
  const head = [
    `${method} ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Authorization: Bearer ${as.token}`,
    'Content-Type: application/json',
    `Content-Length: ${text.length}`,
    'Connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${text.slice(0, -1)}`);
  // Whole requests that came after it were answered: it is past the door.
  for (let asked = 0; asked < 2; asked += 1) await api.ask('GET', '/api/me', { as });
  return {
    async finish() {
      socket.write(text.slice(-1));
      if (!socket.closed) await once(socket, 'close');
      const status = STATUS_LINE.exec(received)?.[1];
      return status === undefined ? undefined : Number(status);
    },
  };
}
