import { type FileChange, type WatchEvent, watchEvent } from '@podex/contracts/file-events';
import { waitUntil } from '@podex/service-kit/waiting';
import { responseLines } from './response-lines.ts';

const WAIT_MS = 20_000;
const DATA = 'data: ';

/** What a program that watches files of a workspace is told. */
export class FileWatchClient {
  readonly events: WatchEvent[] = [];
  /** The connection has ended, by whichever side. */
  readonly ended: Promise<void>;
  readonly #abort: AbortController;

  private constructor(response: Response, abort: AbortController) {
    this.#abort = abort;
    this.ended = this.#read(response).catch(() => undefined);
  }

  /** Resolves once the watch is ready. @throws with the status when it is refused. */
  static async open(url: string, token: string): Promise<FileWatchClient> {
    const abort = new AbortController();
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(url, { headers, signal: abort.signal });
    if (!response.ok) throw new Error(`HTTP ${response.status} ${await response.text()}`);
    const client = new FileWatchClient(response, abort);
    await client.waitFor(() => client.events.length > 0);
    return client;
  }

  get changes(): FileChange[] {
    return this.events.flatMap((event) => (event.type === 'changes' ? event.changes : []));
  }

  /** Resolves once this was told. */
  async told(path: string, kind: FileChange['kind']): Promise<void> {
    await this.waitFor(() => this.changes.some((change) => change.path === path && change.kind === kind));
  }

  async waitFor(condition: () => boolean, { timeoutMs = WAIT_MS, everyMs = 10 } = {}): Promise<void> {
    await waitUntil(async () => condition() || undefined, { timeoutMs, everyMs });
  }

  leave(): void {
    this.#abort.abort();
  }

  async #read(response: Response): Promise<void> {
    for await (const line of responseLines(response)) {
      if (line.startsWith(DATA)) this.events.push(watchEvent.parse(JSON.parse(line.slice(DATA.length))));
    }
  }
}
