import { PodexError } from '@podex/contracts/errors';
import { newId, type WorkspaceId } from '@podex/contracts/ids';
import { type ObserveSetupInput, observeSetupInput, type SetupTask } from '@podex/contracts/internal/compute';
import { waitUntil } from '@podex/service-kit/waiting';

/** The setup of a workspace as api keeps it, and what was seen of it. */
interface SetupRow {
  task: SetupTask;
  status: 'running' | 'failed' | 'done';
  lease: string | undefined;
  notBeforeMs: number;
  observations: ObserveSetupInput[];
}

/** The part of api’s double that is about the setup of workspaces. */
export class SetupsDouble {
  readonly #rows = new Map<WorkspaceId, SetupRow>();
  readonly #isWantedRunning: (id: WorkspaceId) => boolean;
  readonly #runs: (id: WorkspaceId) => boolean;

  constructor(about: Record<'isWantedRunning' | 'runs', (id: WorkspaceId) => boolean>) {
    this.#isWantedRunning = about.isWantedRunning;
    this.#runs = about.runs;
  }

  add(id: WorkspaceId, gitUrl: string, branch: string | null): void {
    this.#rows.set(id, {
      task: {
        workspace_id: id,
        lease_token: '',
        lease_ttl_ms: 30_000,
        step: 'clone',
        command_id: newId('command'),
        git_url: gitUrl,
        branch,
      },
      status: 'running',
      lease: undefined,
      notBeforeMs: 0,
      observations: [],
    });
  }

  find(id: WorkspaceId): SetupRow {
    const row = this.#rows.get(id);
    if (row === undefined) throw new Error('it has nothing to set up');
    return row;
  }

  /** Has it done again, as `POST /api/workspaces/{id}/setup/retry` does. */
  retry(id: WorkspaceId): void {
    const row = this.find(id);
    row.task = { ...row.task, command_id: newId('command') };
    row.status = 'running';
    row.notBeforeMs = 0;
  }

  /** The observation that ended it. */
  async untilEnded(id: WorkspaceId, timeoutMs = 30_000): Promise<ObserveSetupInput> {
    return waitUntil(
      async () => {
        const row = this.find(id);
        return row.status === 'running' ? undefined : row.observations.at(-1);
      },
      { timeoutMs, everyMs: 5 },
    );
  }

  lease(max: number): SetupTask[] {
    const open = [...this.#rows].filter(
      ([id, { status, lease, notBeforeMs }]) =>
        status === 'running' && lease === undefined && notBeforeMs <= Date.now() && this.#runs(id),
    );
    return open.slice(0, max).map(([, row]) => {
      const lease = crypto.randomUUID();
      row.lease = lease;
      setTimeout(() => {
        if (row.lease === lease) row.lease = undefined;
      }, row.task.lease_ttl_ms).unref();
      return { ...row.task, lease_token: lease };
    });
  }

  observe(id: WorkspaceId, body: unknown): undefined {
    const input = observeSetupInput.parse(body);
    const row = this.find(id);
    if (row.lease !== input.lease_token) {
      throw new PodexError('workspace_changed', 'the lease is another’s', {});
    }
    row.lease = undefined;
    row.observations.push(input);
    row.notBeforeMs = Date.now() + (input.retry_in_ms ?? 0);
    const isCutOff = input.status === 'failed' && !this.#isWantedRunning(id);
    if (input.status === 'interrupted' || isCutOff) this.retry(id);
    else row.status = input.status;
  }
}
