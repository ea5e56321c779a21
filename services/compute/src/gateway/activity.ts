import type { WorkspaceId } from '@podex/contracts/ids';
import type { Background } from '@podex/service-kit/background';

const TELL_EVERY_MS = 15_000;
/** As many as one call may carry. */
const MAX_PER_CALL = 1000;

/** Collects which workspaces are in use, so that a key press costs no call. What a crash loses is some seconds of it. */
export class Activity {
  readonly #seen = new Set<WorkspaceId>();
  readonly #tell: (ids: readonly WorkspaceId[]) => Promise<void>;

  constructor(tell: (ids: readonly WorkspaceId[]) => Promise<void>) {
    this.#tell = tell;
  }

  start(background: Background): void {
    background.every('activity', TELL_EVERY_MS, () => this.flush());
  }

  note(id: WorkspaceId): void {
    this.#seen.add(id);
  }

  async flush(): Promise<void> {
    while (this.#seen.size > 0) {
      const ids = [...this.#seen].slice(0, MAX_PER_CALL);
      await this.#tell(ids);
      for (const id of ids) this.#seen.delete(id);
    }
  }
}

/** Reading and listening is what an open page does by itself; writing, and waiting for a command, is use. */
export function isUse(method: string | undefined, path: string): boolean {
  if (method !== 'GET' && method !== 'HEAD') return true;
  return /^\/commands\//.test(path);
}
