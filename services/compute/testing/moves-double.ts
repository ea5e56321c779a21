import { PodexError } from '@podex/contracts/errors';
import { type MoveId, newId, type ServerId, type WorkspaceId } from '@podex/contracts/ids';
import type { WorkspaceTask } from '@podex/contracts/internal/compute';
import {
  type MoveEndInput,
  type MoveProgressInput,
  type MoveTask,
  moveEndInput,
  moveProgressInput,
  moveSwitchInput,
  moveTargetInput,
  type StoragePlace,
} from '@podex/contracts/internal/moving';
import { waitUntil } from '@podex/service-kit/waiting';

interface MoveRow {
  task: MoveTask;
  status: 'copying' | 'cleaning' | 'ended';
  outcome: 'done' | 'failed' | 'cancelled' | undefined;
  reason: string | null;
  lease: string | undefined;
  leaseEndsAtMs: number;
  notBeforeMs: number;
  progress: Omit<MoveProgressInput, 'lease_token'>[];
  ends: MoveEndInput[];
}

export interface MovesDoubleOptions {
  taskOf: (id: WorkspaceId) => Pick<WorkspaceTask, 'server_id' | 'storage_key'>;
  /** Makes the copy what counts. */
  switchTo: (id: WorkspaceId, place: StoragePlace) => void;
}

/** The part of api’s double that is about moves: the workspace is at rest when one is asked for. */
export class MovesDouble {
  readonly #rows = new Map<MoveId, MoveRow>();
  readonly #options: MovesDoubleOptions;

  constructor(options: MovesDoubleOptions) {
    this.#options = options;
  }

  add(workspaceId: WorkspaceId, target: ServerId, leaseTtlMs = 30_000): MoveId {
    const id = newId('move');
    const { server_id: serverId, storage_key: key } = this.#options.taskOf(workspaceId);
    this.#rows.set(id, {
      task: {
        id,
        workspace_id: workspaceId,
        lease_token: '',
        lease_ttl_ms: leaseTtlMs,
        attempts: 0,
        size: 'small',
        image: null,
        region: null,
        region_match: 'preferred',
        required_labels: {},
        source: serverId === null ? null : { server_id: serverId, storage_key: key },
        target_key: crypto.randomUUID(),
        target_server: target,
        step: 'copy',
        leftover: null,
      },
      status: 'copying',
      outcome: undefined,
      reason: null,
      lease: undefined,
      leaseEndsAtMs: 0,
      notBeforeMs: 0,
      progress: [],
      ends: [],
    });
    return id;
  }

  find(id: MoveId): MoveRow {
    const row = this.#rows.get(id);
    if (row === undefined) throw new Error('there is no such move');
    return row;
  }

  async untilEnded(id: MoveId, timeoutMs = 60_000): Promise<MoveRow> {
    const end = async () => (this.find(id).status === 'ended' ? this.find(id) : undefined);
    return waitUntil(end, { timeoutMs, everyMs: 10 });
  }

  /** As the deletion of its workspace does. */
  cancel(id: MoveId): void {
    const row = this.find(id);
    if (row.status === 'copying') this.#clean(row, 'cancelled', null);
  }

  lease(max: number): MoveTask[] {
    const nowMs = Date.now();
    const open = [...this.#rows.values()].filter(
      (row) =>
        row.status !== 'ended' &&
        row.notBeforeMs <= nowMs &&
        (row.lease === undefined || row.leaseEndsAtMs <= nowMs),
    );
    return open.slice(0, max).map((row) => {
      row.lease = crypto.randomUUID();
      row.leaseEndsAtMs = nowMs + row.task.lease_ttl_ms;
      return { ...row.task, lease_token: row.lease };
    });
  }

  respond(id: MoveId, verb: string, body: unknown): undefined {
    switch (verb) {
      case 'target': {
        const input = moveTargetInput.parse(body);
        const row = this.#leased(id, input.lease_token);
        row.task = { ...row.task, target_server: input.server_id };
        return undefined;
      }
      case 'progress':
        return this.#progress(id, moveProgressInput.parse(body));
      case 'switch':
        return this.#switch(this.#leased(id, moveSwitchInput.parse(body).lease_token));
      case 'end':
        return this.#end(id, moveEndInput.parse(body));
      default:
        throw new PodexError('not_found', `moves/${verb}`, {});
    }
  }

  #progress(id: MoveId, { lease_token: lease, ...progress }: MoveProgressInput): undefined {
    const row = this.#leased(id, lease);
    row.leaseEndsAtMs = Date.now() + row.task.lease_ttl_ms;
    if (row.status === 'copying') row.progress.push(progress);
  }

  #switch(row: MoveRow): undefined {
    const { source, target_server: server, target_key: key, workspace_id: workspace } = row.task;
    const isReady = row.status === 'copying' && row.progress.at(-1)?.status === 'switching';
    if (!isReady || source === null || server === null) throw changed();
    this.#options.switchTo(workspace, { server_id: server, storage_key: key });
    const { lease } = row;
    this.#clean(row, 'done', null);
    row.lease = lease;
  }

  #end(id: MoveId, input: MoveEndInput & { retry_in_ms: number }): undefined {
    const row = this.#leased(id, input.lease_token);
    row.ends.push(input);
    row.lease = undefined;
    if (input.result === 'cleaned' && row.status === 'cleaning') row.status = 'ended';
    else if (input.result === 'failed' && row.status === 'copying') this.#clean(row, 'failed', input.reason);
    else {
      row.notBeforeMs = Date.now() + input.retry_in_ms;
      const attempts = input.reason === null ? row.task.attempts : row.task.attempts + 1;
      row.task = { ...row.task, attempts };
    }
  }

  #clean(row: MoveRow, outcome: NonNullable<MoveRow['outcome']>, reason: string | null): void {
    const { source, target_server: server, target_key: key } = row.task;
    const copy = server === null ? null : { server_id: server, storage_key: key };
    row.status = 'cleaning';
    row.outcome = outcome;
    row.reason = reason;
    row.lease = undefined;
    row.task = { ...row.task, step: 'clean', leftover: outcome === 'done' ? source : copy };
  }

  #leased(id: MoveId, lease: string): MoveRow {
    const row = this.find(id);
    if (row.lease !== lease) throw changed();
    return row;
  }
}

function changed(): PodexError {
  return new PodexError('workspace_changed', 'The lease is another’s.', {});
}
