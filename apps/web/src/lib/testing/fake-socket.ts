import type { SocketLike } from '../reconnecting-socket.ts';

/** A WebSocket whose other end is the test. */
export class FakeSocket implements SocketLike {
  readonly url: string;
  binaryType: BinaryType = 'blob';
  readyState = 0;
  readonly sent: (string | Uint8Array)[] = [];
  isClosed = false;
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;

  constructor(url: string) {
    this.url = url;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.sent.push(data);
  }

  close(): void {
    this.isClosed = true;
    this.readyState = 3;
  }

  accept(): void {
    this.readyState = 1;
    this.onopen?.(new Event('open'));
  }

  /** The connection is lost. */
  drop(): void {
    this.readyState = 3;
    this.onclose?.(new Event('close') as CloseEvent);
  }

  /** The server says something: an object as a JSON text frame, bytes as a binary one. */
  say(message: object | Uint8Array): void {
    const data = message instanceof Uint8Array ? message.slice().buffer : JSON.stringify(message);
    this.onmessage?.(new MessageEvent('message', { data }));
  }

  /** The JSON frames that the page has sent. */
  frames(): unknown[] {
    return this.sent.filter((data) => typeof data === 'string').map((data) => JSON.parse(data));
  }

  /** The bytes that the page has sent, as text. */
  input(): string {
    const decoder = new TextDecoder();
    return this.sent.map((data) => (typeof data === 'string' ? '' : decoder.decode(data))).join('');
  }
}

/** Makes sockets and remembers them, the newest last. */
export class FakeSockets {
  readonly made: FakeSocket[] = [];

  readonly create = (url: string): FakeSocket => {
    const socket = new FakeSocket(url);
    this.made.push(socket);
    return socket;
  };

  get last(): FakeSocket {
    const socket = this.made.at(-1);
    if (socket === undefined) throw new Error('no socket was made');
    return socket;
  }
}
