import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { type WaitOptions, within } from '@podex/service-kit/waiting';

const MAX_LINE_CHARACTERS = 1_000_000;

export type FreezerVerb = 'rest' | 'freeze' | 'wake' | 'release' | 'state' | 'check' | 'list';

interface Asked {
  resolve: (words: string[]) => void;
  reject: (error: unknown) => void;
}

/** Lines to the helper’s program and back. What does not respond in time is closed: another is opened by the next who needs it. */
export class FreezerConnection {
  readonly #stream: Duplex;
  readonly #asked = new Map<number, Asked>();
  #rest = '';
  #count = 0;

  constructor(stream: Duplex, onClose: () => void) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => this.#receive(chunk.toString('latin1')));
    // Callers that wait are told when it closes.
    stream.on('error', () => undefined);
    stream.once('close', () => {
      onClose();
      for (const { reject } of this.#asked.values()) reject(broken());
      this.#asked.clear();
    });
  }

  get isOpen(): boolean {
    return !this.#stream.destroyed;
  }

  /** @throws PodexError server_unreachable, timed_out. */
  async ask(verb: FreezerVerb, containerId: string, options: WaitOptions): Promise<string[]> {
    if (!this.isOpen) throw broken();
    this.#count += 1;
    const number = this.#count;
    try {
      return await within(options, () => {
        const words = new Promise<string[]>((resolve, reject) =>
          this.#asked.set(number, { resolve, reject }),
        );
        this.#stream.write(`${number} ${verb} ${containerId}\n`);
        return words;
      });
    } catch (error) {
      if (PodexError.has(error, 'timed_out')) this.close();
      throw error;
    } finally {
      this.#asked.delete(number);
    }
  }

  close(): void {
    this.#stream.destroy();
  }

  #receive(text: string): void {
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > MAX_LINE_CHARACTERS) this.close();
    for (const line of lines) {
      const [number, ...words] = line.trim().split(' ');
      this.#asked.get(Number(number))?.resolve(words);
    }
  }
}

function broken(): PodexError {
  const reason = 'the connection to its helper was broken off';
  return new PodexError('container_failed', `A container could not be frozen or thawed: ${reason}.`, {
    reason,
  });
}
