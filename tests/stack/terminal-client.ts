import {
  type TerminalClientFrame,
  type TerminalServerFrame,
  terminalServerFrame,
} from '@podex/contracts/terminals';
import { waitUntil } from '@podex/service-kit/waiting';
import { WebSocket } from 'ws';

/**
 * A viewer of a terminal that keeps every byte it was sent and knows the offset of the last one,
 * so that it can leave and come back with `after`.
 */
export class TerminalClient {
  readonly #url: string;
  readonly #token: string;
  #socket: WebSocket | undefined;
  #expectsScreen = false;
  #onText: () => void = () => undefined;
  /** Called with what is to be drawn; `isScreen` when it replaces everything that is shown. */
  onDraw: (bytes: Buffer, isScreen: boolean) => void = () => undefined;
  readonly frames: TerminalServerFrame[] = [];
  offset: number | undefined;
  text = '';

  constructor(apiUrl: string, token: string, workspaceId: string, terminalId: string) {
    this.#url = `${apiUrl.replace('http', 'ws')}/api/workspaces/${workspaceId}/terminals/${terminalId}/attach`;
    this.#token = token;
  }

  /** @throws the HTTP status when the upgrade is refused. */
  async attach(): Promise<void> {
    const url = this.offset === undefined ? this.#url : `${this.#url}?after=${this.offset}`;
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${this.#token}` } });
    this.#socket = socket;
    socket.on('message', (data, isBinary) => {
      const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as ArrayBuffer);
      if (isBinary) this.#onBytes(bytes);
      else this.#onFrame(terminalServerFrame.parse(JSON.parse(bytes.toString())));
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('unexpected-response', (_request, response) =>
        reject(new Error(`HTTP ${response.statusCode}`)),
      );
      socket.once('error', reject);
    });
    socket.on('error', () => socket.terminate());
  }

  type(text: string): void {
    this.#socket?.send(Buffer.from(text));
  }

  /** Types one key and resolves when its echo arrives. */
  async echo(key: string): Promise<void> {
    const before = this.text.length;
    const echoed = new Promise<void>((resolve) => {
      this.#onText = () => {
        if (this.text.includes(key, before)) resolve();
      };
    });
    this.type(key);
    await echoed;
  }

  control(frame: TerminalClientFrame): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  leave(): void {
    this.#socket?.terminate();
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Waits until what was received since the client was made holds `expected`. */
  async waitFor(expected: string | RegExp, timeoutMs = 15_000): Promise<void> {
    const holds = () =>
      typeof expected === 'string' ? this.text.includes(expected) : expected.test(this.text);
    await waitUntil(async () => (holds() ? true : undefined), { timeoutMs, everyMs: 5 }).catch(() => {
      throw new Error(
        `the terminal did not show ${expected} within ${timeoutMs} ms; it shows: ${JSON.stringify(this.text.slice(-500))}`,
      );
    });
  }

  #onFrame(frame: TerminalServerFrame): void {
    this.frames.push(frame);
    if (frame.type === 'ready' || frame.type === 'screen') this.offset = frame.offset;
    if (frame.type === 'screen') this.#expectsScreen = true;
  }

  #onBytes(bytes: Buffer): void {
    this.text += bytes.toString();
    this.onDraw(bytes, this.#expectsScreen);
    this.#onText();
    if (this.#expectsScreen) this.#expectsScreen = false;
    else if (this.offset !== undefined) this.offset += bytes.length;
  }
}
