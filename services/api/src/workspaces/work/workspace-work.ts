import { PodexError } from '@podex/contracts/errors';
import type { WorkspaceId } from '@podex/contracts/ids';
import type {
  claimWorkspacesInput,
  DaemonsInput,
  environmentInput,
  HungInput,
  ObserveInput,
  releaseLeasesInput,
  reserveInput,
  WorkspaceEnvironment,
  WorkspaceTask,
} from '@podex/contracts/internal/compute';
import { missingLabels } from '@podex/contracts/placement';
import type { SettingValues } from '@podex/contracts/settings';
import { type DesiredStatus, WORKSPACE_SIZES } from '@podex/contracts/workspaces';
import type { Selectable } from 'kysely';
import type { z } from 'zod';
import { SYSTEM } from '../../audit/append-audit.ts';
import { readClock } from '../../database/clock.ts';
import type { Db } from '../../database/connect.ts';
import type { Workspace } from '../../database/generated/rows.ts';
import type { Transact } from '../../database/transact.ts';
import { longPoll } from '../../events/long-poll.ts';
import type { Wakeups } from '../../events/wakeup.ts';
import { POOL_CHANNEL } from '../../pool/pool-channel.ts';
import { makeRoom } from '../../pool/pool-room.ts';
import { releasePoolLease } from '../../pool/pool-store.ts';
import type { SecretVault } from '../../secrets/secret-vault.ts';
import { findServer, type ServerRow } from '../../servers/server-store.ts';
import { arriveElsewhere, leftSilentServer, withReasonOfLeaving } from '../moves/first-starts.ts';
import { recordDaemonUpdates } from '../record/daemon-update-store.ts';
import { raiseNetworkRevision } from '../record/network-policy-store.ts';
import { NEW_CONTAINER } from '../record/rebuild.ts';
import { ownersOfSecrets } from '../record/secret-owners.ts';
import { requireRoom, requireRoomOn } from '../record/server-room.ts';
import { appendWorkspaceAudit } from '../record/workspace-audit.ts';
import { noteOwnSecrets } from '../record/workspace-environment-store.ts';
import {
  appendWorkspaceChanged,
  MOVE_WORK_CHANNEL,
  SETUP_WORK_CHANNEL,
  WORKSPACE_WORK_CHANNEL,
} from '../record/workspace-events.ts';
import {
  claimWorkspaces,
  findLeasedWorkspace,
  lockFleet,
  lockLeasedWorkspace,
  msUntilNextClaim,
  placeWorkspace,
  recordObservation,
  releaseLeases,
  sumReservations,
  WORKSPACE_LEASE_MS,
} from '../record/workspace-work-store.ts';
import { giveUpInTime } from './give-up.ts';
import { taskInterruption } from './interruption.ts';
import { interruptHung } from './interruptions.ts';

export interface WorkspaceWorkOptions {
  db: Db;
  wakeups: Wakeups;
  transact: Transact;
  vault: SecretVault;
  settings: { readonly values: Readonly<SettingValues> };
}

type ReserveInput = z.output<typeof reserveInput>;

/** The side of a workspace that compute works on: commands in, observations out. */
export class WorkspaceWork {
  readonly #db: Db;
  readonly #wakeups: Wakeups;
  readonly #transact: Transact;
  readonly #vault: SecretVault;
  readonly #settings: WorkspaceWorkOptions['settings'];

  constructor({ db, wakeups, transact, vault, settings }: WorkspaceWorkOptions) {
    this.#db = db;
    this.#wakeups = wakeups;
    this.#transact = transact;
    this.#vault = vault;
    this.#settings = settings;
  }

  /** Waits up to `wait_ms` for work; answers with nothing after that. */
  async claim(input: z.output<typeof claimWorkspacesInput>, signal: AbortSignal): Promise<WorkspaceTask[]> {
    const rows = await longPoll({
      wakeups: this.#wakeups,
      channels: [WORKSPACE_WORK_CHANNEL],
      waitMs: input.wait_ms,
      signal,
      attempt: async () => {
        const claimed = await claimWorkspaces(this.#db, input.max, input.worker_id);
        return claimed.length === 0 ? undefined : claimed;
      },
      msUntilNext: () => msUntilNextClaim(this.#db, input.worker_id),
    });
    return (rows ?? []).map(toTask);
  }

  /** What dead workers held is handed out at once, and not after the lease. */
  async release(input: z.output<typeof releaseLeasesInput>): Promise<void> {
    await this.#transact(async (work) => {
      if (await releasePoolLease(work.tx, input.instances, input.worker_id)) work.wake(POOL_CHANNEL);
      if ((await releaseLeases(work.tx, input.instances, input.worker_id)) === 0) return;
      work.wake(WORKSPACE_WORK_CHANNEL);
      work.wake(SETUP_WORK_CHANNEL);
      work.wake(MOVE_WORK_CHANNEL);
    });
  }

  /**
   * Puts the workspace on a server, or says why not. Reserving again replaces the earlier reservation.
   *
   * @throws PodexError limit_reached, workspace_changed, conflict.
   */
  async reserve(id: WorkspaceId, input: ReserveInput): Promise<void> {
    await this.#transact(async (work) => {
      const { tx } = work;
      await lockFleet(tx, input.max_workspaces);
      const row = await lockLeasedWorkspace(tx, id, input.lease_token);
      if (row === undefined || taskStatus(row) !== 'running') throw changed();
      const server = await findServer(tx, input.server_id);
      requireTakesWork(server, row);
      const { cpu, memory_mb: memoryMb } = WORKSPACE_SIZES[row.size];
      const taken = await sumReservations(tx, input.server_id, id);
      const { values } = this.#settings;
      requireRoom('max_workspaces', values.max_workspaces ?? input.max_workspaces, taken.workspaces + 1);
      const isNew = row.ran_at === null;
      const promised = await requireRoomOn(tx, server, { id, size: row.size, runs: true, isNew }, values);
      // A compute that reads the policies of the server from now on finds this one among them.
      if (row.network_mode !== 'open') await raiseNetworkRevision(tx);
      await placeWorkspace(tx, id, { serverId: input.server_id, image: input.image, cpu, memoryMb });
      await arriveElsewhere(work, row, server);
      await makeRoom(work, input.server_id, {
        ...promised,
        ...(row.ran_at === null ? {} : { disk_gb: Infinity }),
        workspaces: values.max_workspaces ?? input.max_workspaces,
      });
    });
  }

  /**
   * What processes of the workspace have in their environment, for the worker that is bringing it up.
   *
   * @throws PodexError workspace_changed when the lease is another’s by now, or it shall not run.
   */
  async environment(
    id: WorkspaceId,
    input: z.output<typeof environmentInput>,
  ): Promise<WorkspaceEnvironment> {
    return this.#transact(async (work) => {
      const { tx } = work;
      // Nobody shares it meanwhile.
      await lockLeasedWorkspace(tx, id, input.lease_token);
      const row = await findLeasedWorkspace(tx, id, input.lease_token);
      if (row === undefined || row.desired_status !== 'running') throw changed();
      const owners = ownersOfSecrets(row);
      const { values, notice } = await this.#vault.decrypt(tx, owners);
      const names = Object.keys(values);
      const own = owners.find(({ kind }) => kind === 'user');
      const hasOwn = own !== undefined && names.length > 0 && (await this.#vault.list(tx, own)).length > 0;
      if (hasOwn) await noteOwnSecrets(tx, id);
      // Before they are handed out: without an entry nobody gets them.
      if (names.length > 0) {
        appendWorkspaceAudit(work, SYSTEM, row, 'secret.used', { names, server: row.server_id });
      }
      return { env: { ...row.env, ...values }, notice };
    });
  }

  /** @throws PodexError workspace_changed when the lease is another’s by now: what was seen is old. */
  async observe(id: WorkspaceId, input: ObserveInput): Promise<void> {
    await this.#transact(async (work) => {
      const row = await lockLeasedWorkspace(work.tx, id, input.lease_token);
      if (row === undefined) throw changed();
      if (await leftSilentServer(work, row, input)) return;
      const reason = await withReasonOfLeaving(work, row, { ...input, reason: reasonSeen(row, input) });
      const seen = giveUpInTime(row, { ...input, reason }, await readClock(work.tx));
      const isSettled = seen.settled && input.version === row.version;
      await recordObservation(work.tx, row, seen, isSettled);
      const isNews = row.status !== seen.status || row.reason !== seen.reason || row.settled !== isSettled;
      if (isNews) await appendWorkspaceChanged(work, id);
      if (!isSettled) work.wake(WORKSPACE_WORK_CHANNEL);
      else if (input.status !== 'running') work.wake(MOVE_WORK_CHANNEL);
      if (input.status === 'running' && row.setup_status === 'running') work.wake(SETUP_WORK_CHANNEL);
    });
  }

  /** @returns which of them were said of what runs. */
  async daemons({ items }: DaemonsInput): Promise<WorkspaceId[]> {
    return this.#transact(async (work) => {
      const { taken, changed } = await recordDaemonUpdates(work.tx, items);
      for (const id of changed) await appendWorkspaceChanged(work, id);
      return taken;
    });
  }

  async hung(id: WorkspaceId, input: HungInput): Promise<void> {
    await this.#transact((work) => interruptHung(work, id, input));
  }
}

/** With what was lost when it runs in another container than before. */
function reasonSeen(row: Selectable<Workspace>, input: ObserveInput): string | null {
  if (keepsMoveReason(row, input)) return row.reason;
  const { status, container_id, reason } = input;
  const isReplaced =
    status === 'running' && row.ran_container_id !== null && container_id !== row.ran_container_id;
  if (!isReplaced) return reason;
  return reason === null ? NEW_CONTAINER : `${NEW_CONTAINER} ${reason}`;
}

function changed(): PodexError {
  return new PodexError(
    'workspace_changed',
    'The workspace was changed, or leased by another worker, meanwhile.',
    {},
  );
}

/** @throws PodexError conflict unless the server may get this workspace. */
function requireTakesWork(
  server: ServerRow | undefined,
  row: Selectable<Workspace>,
): asserts server is ServerRow {
  if (server === undefined) throw new PodexError('conflict', 'There is no such server.', {});
  const isPinnedElsewhere = row.ran_at !== null && row.server_id !== null && row.server_id !== server.id;
  if (isPinnedElsewhere) throw new PodexError('conflict', 'Its files live on another server.', {});
  const isNew = row.server_id !== server.id;
  if (server.observed_status !== 'ready' || (isNew && server.admin_status !== 'active')) {
    throw new PodexError('conflict', 'The server takes no workspaces at present.', {});
  }
  if (!isNew) return;
  const isElsewhere = row.region !== null && row.region_match === 'required' && row.region !== server.region;
  if (isElsewhere || missingLabels(row.required_labels, server.labels).length > 0) {
    throw new PodexError(
      'conflict',
      'The server has not the labels, or the region, that were asked for.',
      {},
    );
  }
}

/** A workspace on its way to another server does not run, whatever is wanted of it; its deletion ends the move. */
function taskStatus({ desired_status: desired, held_by_move: move }: Selectable<Workspace>): DesiredStatus {
  return move === null || desired === 'deleted' ? desired : 'stopped';
}

/** How far its move is stands there, and nothing that compute has to say of a workspace at rest. */
function keepsMoveReason(row: Selectable<Workspace>, { status, settled }: ObserveInput): boolean {
  return row.held_by_move !== null && status === 'stopped' && settled;
}

function toTask(row: Selectable<Workspace>): WorkspaceTask {
  return {
    id: row.id,
    version: row.version,
    lease_token: row.lease_token ?? '',
    lease_ttl_ms: WORKSPACE_LEASE_MS,
    name: row.name,
    desired_status: taskStatus(row),
    status: row.status,
    image: row.image,
    size: row.size,
    server_id: row.server_id,
    storage_key: row.storage_key,
    region: row.region,
    region_match: row.region_match,
    required_labels: row.required_labels,
    started_from: row.started_from,
    is_first_start: row.ran_at === null,
    container_id: row.container_id,
    attempts: row.attempts,
    network: { mode: row.network_mode, pending: row.network_pending },
    rebuild_of: row.rebuild_of,
    interruption: taskInterruption(row),
  };
}
