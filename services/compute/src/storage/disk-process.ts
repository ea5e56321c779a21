import { PodexError } from '@podex/contracts/errors';
import { type WaitOptions, within } from '@podex/service-kit/waiting';
import type { ContainerSettings } from '../config.ts';
import type { AttachedProcess } from '../docker/attach.ts';
import type { Engine } from '../docker/engine.ts';
import { requireRuntime } from '../engine-jobs/one-off-container.ts';
import { diskContainerSpec } from './disk-container.ts';

export interface DiskResponse {
  exitCode: number;
  words: string;
}

interface Waiting {
  resolve: (response: DiskResponse) => void;
  reject: (error: Error) => void;
}

/** The program that makes and mounts disks on one server: requests and responses are lines, in any order. */
export class DiskProcess {
  readonly #process: AttachedProcess;
  readonly #serverName: string;
  readonly #waiting = new Map<string, Waiting>();
  #count = 0;
  #ending: PodexError | undefined;

  private constructor(process: AttachedProcess, serverName: string) {
    this.#process = process;
    this.#serverName = serverName;
    void this.#read();
  }

  /** @throws PodexError container_failed. */
  static async start(
    engine: Engine,
    settings: ContainerSettings,
    { signal }: { signal?: AbortSignal | undefined },
  ): Promise<DiskProcess> {
    const { containers, identity } = engine;
    const spec = await diskContainerSpec(settings);
    const created = await containers.create(spec, { signal });
    if (created === 'name_taken') throw new Error(`The random name ${spec.name} is taken`);
    try {
      await requireRuntime(engine, created.id, spec.HostConfig.Runtime);
      const process = await engine.attach(created.id, { signal });
      await containers.start(created.id, { signal });
      return new DiskProcess(process, identity.serverName);
    } catch (error) {
      await containers.remove(created.id).catch(() => undefined);
      throw error;
    }
  }

  get hasEnded(): boolean {
    return this.#ending !== undefined;
  }

  /** @throws PodexError container_failed when the process ends before its response, timed_out. */
  async ask(words: readonly string[], wait: WaitOptions): Promise<DiskResponse> {
    if (this.#ending !== undefined) throw this.#ending;
    this.#count += 1;
    const number = String(this.#count);
    const response = new Promise<DiskResponse>((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
    });
    try {
      return await within(wait, async () => {
        await this.#process.write(Buffer.from(`${[number, ...words].join(' ')}\n`));
        return response;
      });
    } finally {
      this.#waiting.delete(number);
      response.catch(() => undefined);
    }
  }

  /** What it has begun is finished there. */
  close(): void {
    this.#process.destroy();
  }

  async #read(): Promise<void> {
    let cause: unknown;
    try {
      let rest = '';
      for await (const bytes of this.#process.stdout()) {
        const lines = `${rest}${bytes.toString('utf8')}`.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) this.#take(line);
      }
    } catch (error) {
      cause = error;
    }
    this.#ending = this.#ended(cause);
    for (const { reject } of this.#waiting.values()) reject(this.#ending);
  }

  #take(line: string): void {
    const [, number = '', exitCode = '', words = ''] = /^(\d+) (\d+) (.*)$/.exec(line) ?? [];
    this.#waiting.get(number)?.resolve({ exitCode: Number(exitCode), words: words.trim() });
  }

  #ended(cause: unknown): PodexError {
    const broken = cause instanceof Error ? cause.message : '';
    const reason = this.#process.stderr.trim() || broken || 'it ended';
    const message = `The program that mounts the disks of workspaces on ${this.#serverName} does not respond: ${reason}`;
    return new PodexError('container_failed', message, { reason }, { cause });
  }
}
