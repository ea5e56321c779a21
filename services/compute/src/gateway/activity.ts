import type { WorkspaceId } from '@podex/contracts/ids';
import type { Background } from '@podex/service-kit/background';

const TELL_EVERY_MS = 15_000;
/** As many as one call may carry. */
const MAX_PER_CALL = 1000;

/**
 * Collects which workspaces are in use, so that a key press costs no call. The first use after a pause is told at once: people may have
 * been warned that their workspace stops. What a crash loses is some seconds of it.
 */
export class Activity {
  readonly #seen = new Set<WorkspaceId>();
  readonly #tell: (ids: readonly WorkspaceId[]) => Promise<void>;
  /** Told of a short while ago. */
  #recent = new Set<WorkspaceId>();
  #background: Background | undefined;

  constructor(tell: (ids: readonly WorkspaceId[]) => Promise<void>) {
    this.#tell = tell;
  }

  start(background: Background): void {
    this.#background = background;
    background.every('activity', TELL_EVERY_MS, async () => {
      this.#recent = new Set(this.#seen);
      await this.flush();
    });
  }

  note(id: WorkspaceId): void {
    this.#seen.add(id);
    if (this.#recent.has(id)) return;
    this.#recent.add(id);
    this.#background?.run('activity.first', () => this.flush());
  }

  /** Of one that waits for it: told at once, whatever was told before. */
  noteNow(id: WorkspaceId): void {
    this.#recent.delete(id);
    this.note(id);
  }

  /** Whether it was used and api may not know. */
  isNoted(id: WorkspaceId): boolean {
    return this.#seen.has(id);
  }

  async flush(): Promise<void> {
    while (this.#seen.size > 0) {
      const ids = [...this.#seen].slice(0, MAX_PER_CALL);
      await this.#tell(ids);
      for (const id of ids) this.#seen.delete(id);
    }
  }
}

/**
 * Reading and listening is what an open page does by itself; writing is use. A command that runs is seen by its daemon, whether
 * somebody waits for it or not.
 */
export function isUse(method: string | undefined): boolean {
  return method !== 'GET' && method !== 'HEAD';
}
