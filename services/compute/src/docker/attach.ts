import { once } from 'node:events';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import type { CallOptions, EngineClient } from './client.ts';
import { FrameParser } from './demux-stream.ts';

const TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;
const STDOUT = 1;
const MAX_STDERR_BYTES = 8_192;

/**
 * The stdio of a container’s first process. Nothing is read ahead of who reads `stdout`, nothing is written ahead of what `write`
 * has waited for: a slow side slows the other. It has no limit of its own, so its owner must watch it and destroy it.
 */
export class AttachedProcess {
  readonly #connection: Duplex;
  readonly #parser = new FrameParser();
  #stderr = '';
  #heardAtMs = performance.now();

  constructor(connection: Duplex) {
    this.#connection = connection;
    // A reader and a writer are told of it; without a listener it would end the service.
    connection.on('error', () => undefined);
  }

  /** The last 8 KB of it. Read as far as `stdout` is. */
  get stderr(): string {
    return this.#stderr;
  }

  /** When it last wrote anything. */
  get heardAtMs(): number {
    return this.#heardAtMs;
  }

  /** To the end of the process. @throws what broke the connection. */
  async *stdout(): AsyncGenerator<Buffer> {
    for await (const chunk of this.#connection) {
      this.#heardAtMs = performance.now();
      for (const { stream, bytes } of this.#parser.parse(chunk as Buffer)) {
        if (stream === STDOUT) yield bytes;
        else this.#stderr = `${this.#stderr}${bytes.toString('utf8')}`.slice(-MAX_STDERR_BYTES);
      }
    }
  }

  /** Waits as long as its reader is behind. @throws what broke the connection. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#connection.destroyed) throw new Error('The connection to the container was broken off.');
    if (this.#connection.write(bytes)) return;
    const broken = new AbortController();
    const onClose = () => broken.abort(new Error('The connection to the container was broken off.'));
    this.#connection.once('close', onClose);
    try {
      await once(this.#connection, 'drain', { signal: broken.signal });
    } catch (error) {
      broken.signal.throwIfAborted();
      throw error;
    } finally {
      this.#connection.off('close', onClose);
    }
  }

  /** The process reads an end. */
  endInput(): void {
    this.#connection.end();
  }

  destroy(error?: Error): void {
    this.#connection.destroy(error);
  }
}

/** Before the container is started, so that nothing it writes is missed. @throws PodexError container_failed. */
export async function attachToContainer(
  client: EngineClient,
  containerId: string,
  options: CallOptions = {},
): Promise<AttachedProcess> {
  const response = await client.hijack({
    call: 'container.attach',
    method: 'POST',
    path: `/containers/${containerId}/attach`,
    query: { stream: '1', stdin: '1', stdout: '1', stderr: '1' },
    // Without a length the engine waits for a body, and with a body its bytes could become the process’s input.
    file: Buffer.alloc(0),
    expected: [404, 409],
    timeoutMs: TIMEOUT_MS,
    ...options,
  });
  if (response.status !== 'ok') {
    const reason = 'the container is gone';
    throw new PodexError('container_failed', `The engine refused container.attach: ${reason}`, { reason });
  }
  const connection = response.value;
  if (connection instanceof Socket) {
    connection.setTimeout(0);
    connection.setKeepAlive(true, KEEP_ALIVE_MS);
  }
  return new AttachedProcess(connection);
}
