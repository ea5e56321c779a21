import { type TerminalServerFrame, terminalServerFrame } from '@podex/contracts/terminals';
import { type ClientOptions, WebSocket } from 'ws';
import { until } from './test-daemon.ts';

/** One attached WebSocket, and everything that came over it. */
export class TerminalViewer implements Disposable {
  readonly frames: TerminalServerFrame[] = [];
  /** What was drawn by `screen` frames. */
  readonly drawings: Buffer[] = [];
  /** Offset after the last byte that came. */
  offset = 0;
  closeCode: number | undefined;
  /** Called with everything that is to be drawn. */
  onBytes: (bytes: Buffer) => void = () => undefined;
  /** Whether to acknowledge what comes. */
  acknowledges = false;
  readonly #socket: WebSocket;
  #isDrawing = false;
  #chunks: Buffer[] = [];

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary));
    socket.on('close', (code) => {
      this.closeCode = code;
    });
  }

  static async attach(
    socketPath: string,
    id: string,
    after?: number,
    { how = 'attach', ...options }: ClientOptions & { how?: 'attach' | 'watch' } = {},
  ): Promise<TerminalViewer> {
    const search = after === undefined ? '' : `?after=${after}`;
    const socket = new WebSocket(`ws+unix://${socketPath}:/terminals/${id}/${how}${search}`, options);
    const viewer = new TerminalViewer(socket);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return viewer;
  }

  /** Bytes of the stream, redraws left out. */
  get stream(): Buffer {
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }

  get text(): string {
    return this.stream.toString('utf8');
  }

  /** Typed, and not yet taken by the connection. */
  get unsentBytes(): number {
    return this.#socket.bufferedAmount;
  }

  type(text: string): void {
    this.#socket.send(Buffer.from(text));
  }

  send(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }

  /** A text frame that is no text: the other side gives the connection up. */
  sendNonsense(): void {
    this.#socket.send(Buffer.from([0xff]), { binary: false });
  }

  /** Like a client whose connection takes nothing any more. */
  stopReading(): void {
    this.#socket.pause();
  }

  readOn(): void {
    this.#socket.resume();
  }

  async waitFor(text: string, timeoutMs = 10_000): Promise<void> {
    await until(() => this.stream.includes(text), timeoutMs).catch(() => {
      throw new Error(`${text} was not shown, but ${JSON.stringify(this.text.slice(-500))}`);
    });
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (!isBinary) {
      const frame = terminalServerFrame.parse(JSON.parse(data.toString('utf8')));
      this.frames.push(frame);
      if (frame.type === 'ready' || frame.type === 'screen') this.offset = frame.offset;
      this.#isDrawing = frame.type === 'screen';
      return;
    }
    this.onBytes(data);
    if (this.#isDrawing) {
      this.drawings.push(data);
      this.#isDrawing = false;
      return;
    }
    this.#chunks.push(data);
    this.offset += data.length;
    if (this.acknowledges) this.send({ type: 'ack', offset: this.offset });
  }
}
