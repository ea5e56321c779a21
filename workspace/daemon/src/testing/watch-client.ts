import { type FileChange, type WatchEvent, watchEvent } from '@podex/contracts/file-events';
import { until } from './test-daemon.ts';
import type { UnixClient } from './unix-client.ts';

/** One reader of `/watch`. */
export class WatchClient implements Disposable {
  readonly events: WatchEvent[] = [];
  readonly #abort = new AbortController();

  /** Resolves once the watch is ready. */
  static async open(
    client: UnixClient,
    parameters: readonly (readonly [string, string])[],
  ): Promise<WatchClient> {
    const watch = new WatchClient();
    const search = new URLSearchParams(parameters.map(([name, value]) => [name, value]));
    const response = await client.open('GET', `/watch?${search}`, { signal: watch.#abort.signal });
    if (response.statusCode !== 200) throw new Error(`watching was refused with ${response.statusCode}`);
    let text = '';
    response.setEncoding('utf8');
    response.on('error', () => undefined);
    response.on('data', (chunk: string) => {
      const parts = (text + chunk).split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        if (part.startsWith('data: ')) watch.events.push(watchEvent.parse(JSON.parse(part.slice(6))));
      }
    });
    await until(() => watch.events.length > 0);
    return watch;
  }

  get changes(): FileChange[] {
    return this.events.flatMap((event) => (event.type === 'changes' ? event.changes : []));
  }

  has(path: string, kind: FileChange['kind']): boolean {
    return this.changes.some((change) => change.path === path && change.kind === kind);
  }

  count(type: WatchEvent['type']): number {
    return this.events.filter((event) => event.type === type).length;
  }

  forget(): void {
    this.events.length = 0;
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
  }
}
