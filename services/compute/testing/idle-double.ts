import type { WorkspaceId } from '@podex/contracts/ids';
import { claimIdleInput, observeIdleInput } from '@podex/contracts/internal/compute';

/** api’s side of idle stops: every workspace that runs may be due, and what was said of each is kept. */
export class IdleDouble {
  readonly inUse = new Map<WorkspaceId, boolean>();
  readonly #listRunning: () => WorkspaceId[];

  constructor(listRunning: () => WorkspaceId[]) {
    this.#listRunning = listRunning;
  }

  claim(body: unknown): { items: { workspace_id: WorkspaceId }[] } {
    const { max } = claimIdleInput.parse(body);
    const items = this.#listRunning().map((id) => ({ workspace_id: id }));
    return { items: items.slice(0, max) };
  }

  observe(id: WorkspaceId, body: unknown): undefined {
    this.inUse.set(id, observeIdleInput.parse(body).in_use);
  }
}
