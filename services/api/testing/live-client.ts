import { once } from 'node:events';
import type { LiveServerFrame } from '@podex/contracts/live';
import { WebSocket } from 'ws';
import type { TestApi, TestUser } from './test-api.ts';

/** A page’s live socket. */
export class LiveClient {
  readonly frames: LiveServerFrame[] = [];
  readonly socket: WebSocket;
  closeCode: number | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => this.frames.push(JSON.parse(String(data))));
    socket.on('close', (code) => {
      this.closeCode = code;
    });
  }

  static async open(api: Pick<TestApi, 'baseUrl'>, user: Pick<TestUser, 'token'>): Promise<LiveClient> {
    const headers = { authorization: `Bearer ${user.token}` };
    const socket = new WebSocket(api.baseUrl.replace('http', 'ws').concat('/api/live'), { headers });
    const client = new LiveClient(socket);
    await once(socket, 'open');
    return client;
  }

  /** The answer to a handshake that is refused. */
  static refusal(url: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, { headers });
      socket.on('open', () => reject(new Error('the handshake was accepted')));
      socket.on('error', () => undefined);
      socket.on('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      });
    });
  }

  send(frame: object): void {
    this.socket.send(JSON.stringify(frame));
  }

  subscribe(topic: string, after?: number): void {
    this.send({ type: 'subscribe', topic, ...(after === undefined ? {} : { after }) });
  }

  /** Seqs of the events that came on a topic, in the order in which they came. */
  seqs(topic: string): number[] {
    return this.frames.flatMap((frame) =>
      frame.type === 'event' && frame.topic === topic ? [frame.seq] : [],
    );
  }

  of(type: LiveServerFrame['type']): LiveServerFrame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  close(): void {
    this.socket.terminate();
  }
}
