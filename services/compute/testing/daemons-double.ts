import type { WorkspaceId } from '@podex/contracts/ids';
import { daemonsInput, type daemonsResult } from '@podex/contracts/internal/compute';
import type { DaemonUpdate } from '@podex/contracts/workspaces';
import { waitUntil } from '@podex/service-kit/waiting';
import type { z } from 'zod';

/** `POST /internal/workspaces/daemons`: what compute said last of the container of each workspace’s last run. */
export class DaemonsDouble {
  readonly #containerOf: (id: WorkspaceId) => string | null | undefined;
  readonly #said = new Map<WorkspaceId, DaemonUpdate | null>();

  constructor(containerOf: (id: WorkspaceId) => string | null | undefined) {
    this.#containerOf = containerOf;
  }

  respond(body: unknown): z.input<typeof daemonsResult> {
    const { items } = daemonsInput.parse(body);
    const taken = items.filter(
      ({ workspace_id: id, container_id: container }) => this.#containerOf(id) === container,
    );
    for (const { workspace_id: id, update } of taken) this.#said.set(id, update);
    return { taken: taken.map(({ workspace_id: id }) => id) };
  }

  async until(id: WorkspaceId, update: DaemonUpdate | null, timeoutMs = 30_000): Promise<void> {
    await waitUntil(async () => (this.#said.get(id) === update ? true : undefined), {
      timeoutMs,
      everyMs: 20,
    });
  }
}
