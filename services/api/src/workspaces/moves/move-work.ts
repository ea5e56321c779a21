import { PodexError } from '@podex/contracts/errors';
import type { MoveId } from '@podex/contracts/ids';
import type { claimWorkspacesInput } from '@podex/contracts/internal/compute';
import type {
  MoveProgressInput,
  MoveTask,
  moveEndInput,
  moveSwitchInput,
  moveTargetInput,
} from '@podex/contracts/internal/moving';
import type { SettingValues } from '@podex/contracts/settings';
import type { Selectable } from 'kysely';
import type { z } from 'zod';
import { SYSTEM } from '../../audit/append-audit.ts';
import type { Db } from '../../database/connect.ts';
import type { Workspace, WorkspaceMove } from '../../database/generated/rows.ts';
import type { Transact, Work } from '../../database/transact.ts';
import { longPoll } from '../../events/long-poll.ts';
import type { Wakeups } from '../../events/wakeup.ts';
import { appendServerChanged } from '../../servers/server-events.ts';
import { findServer, type ServerRow } from '../../servers/server-store.ts';
import { requireRoomOn } from '../record/server-room.ts';
import { appendWorkspaceAudit } from '../record/workspace-audit.ts';
import { appendWorkspaceChanged, MOVE_WORK_CHANNEL } from '../record/workspace-events.ts';
import { lockFleetAsItIs, lockWorkspaceRow } from '../record/workspace-work-store.ts';
import { claimMoves, hasRoomForMove, type MoveRow, msUntilNextMove } from './move-claim-store.ts';
import {
  beginCleaning,
  endMove,
  findMoveWorkspace,
  lockLeasedMove,
  MOVE_LEASE_MS,
  recordMoveProgress,
  recordMoveRetry,
  renewMoveLease,
  setMoveTarget,
} from './move-store.ts';
import { movingReason } from './move-view.ts';
import { setMoveReason, switchWorkspace } from './moved-workspace-store.ts';
import { releaseHeld } from './moves.ts';

export interface MoveWorkOptions {
  db: Db;
  wakeups: Wakeups;
  transact: Transact;
  settings: { readonly values: Readonly<SettingValues> };
}

interface Locked {
  move: Selectable<WorkspaceMove>;
  workspace: Selectable<Workspace>;
}

/** The side of a move that compute works on. */
export class MoveWork {
  readonly #options: MoveWorkOptions;

  constructor(options: MoveWorkOptions) {
    this.#options = options;
  }

  /** Waits up to `wait_ms` for work; answers with nothing after that. */
  async claim(input: z.output<typeof claimWorkspacesInput>, signal: AbortSignal): Promise<MoveTask[]> {
    const { db, wakeups, transact } = this.#options;
    const rows = await longPoll({
      wakeups,
      channels: [MOVE_WORK_CHANNEL],
      waitMs: input.wait_ms,
      signal,
      attempt: async () => {
        const claimed = await transact(async (work) => {
          const { rows: leased, held } = await claimMoves(work.tx, input.max, input.worker_id);
          for (const id of held) {
            const move = leased.find((row) => row.workspace_id === id);
            const to = move?.to_server ? await findServer(work.tx, move.to_server) : undefined;
            await setMoveReason(work.tx, id, movingReason(to?.name, 0, null));
            await appendWorkspaceChanged(work, id);
          }
          return leased;
        });
        return claimed.length === 0 ? undefined : claimed;
      },
      msUntilNext: () => msUntilNextMove(db),
    });
    return (rows ?? []).flatMap(toMoveTask);
  }

  /** @throws PodexError workspace_changed; conflict when the server takes nothing at present. */
  async target(id: MoveId, input: z.output<typeof moveTargetInput>): Promise<void> {
    await this.#change(id, input.lease_token, async ({ tx }, { move }) => {
      const server = await findServer(tx, input.server_id);
      requireTakesMove(server, move);
      if (!(await hasRoomForMove(tx, server.id, id))) {
        throw new PodexError(
          'conflict',
          `Two workspaces are on their way from or to ${server.name} already.`,
          {},
        );
      }
      await setMoveTarget(tx, id, server.id);
    });
  }

  /** Renews the lease. @throws PodexError workspace_changed. */
  async progress(id: MoveId, input: MoveProgressInput): Promise<void> {
    await this.#change(id, input.lease_token, async (work, { move, workspace }) => {
      if (move.status === 'cleaning') return renewMoveLease(work.tx, id);
      await recordMoveProgress(work.tx, id, input);
      const to = move.to_server === null ? undefined : await findServer(work.tx, move.to_server);
      const reason = movingReason(to?.name, input.bytes_done, input.bytes_total);
      if (workspace.held_by_move !== id || workspace.reason === reason) return;
      await setMoveReason(work.tx, workspace.id, reason);
      await appendWorkspaceChanged(work, workspace.id);
    });
  }

  /**
   * Makes the copy the one that counts, in one transaction: the workspace may run on its new server from here on.
   *
   * @throws PodexError workspace_changed; conflict when the server takes nothing; limit_reached when it has no room for what runs.
   */
  async switch(id: MoveId, input: z.output<typeof moveSwitchInput>): Promise<void> {
    await this.#change(id, input.lease_token, async (work, { move, workspace }) => {
      const isHeld = workspace.held_by_move === id && workspace.settled;
      const isThere = workspace.server_id === move.from_server && workspace.storage_key === move.source_key;
      if (move.status !== 'switching' || !isHeld || !isThere) throw changed();
      const server = move.to_server === null ? undefined : await findServer(work.tx, move.to_server);
      requireTakesMove(server, move);
      const { id: workspaceId, size, desired_status: desired } = workspace;
      const wanted = { id: workspaceId, size, runs: desired === 'running', isNew: true };
      await requireRoomOn(work.tx, server, wanted, this.#options.settings.values);
      await switchWorkspace(work.tx, workspace.id, { serverId: server.id, storageKey: move.target_key });
      await beginCleaning(work.tx, id, { outcome: 'done', reason: null, keepsLease: true });
      await releaseHeld(work, workspace.id);
      await this.#tellServers(work, move);
      appendWorkspaceAudit(work, SYSTEM, workspace, 'workspace.moved', {
        from: move.from_server,
        to: server.id,
      });
    });
  }

  /** Takes the lease back. @throws PodexError workspace_changed. */
  async end(id: MoveId, input: z.output<typeof moveEndInput>): Promise<void> {
    await this.#change(id, input.lease_token, async (work, { move, workspace }) => {
      const { reason } = input;
      const isCleaning = move.status === 'cleaning';
      if (input.result === 'cleaned' && isCleaning) {
        await endMove(work.tx, id, { outcome: move.outcome ?? 'failed', reason: move.reason });
      } else if (input.result === 'failed' && !isCleaning) {
        await beginCleaning(work.tx, id, { outcome: 'failed', reason, keepsLease: false });
        if (workspace.held_by_move === id) await releaseHeld(work, workspace.id);
      } else {
        const retryInMs = input.retry_in_ms;
        await recordMoveRetry(work.tx, move, { reason: isCleaning ? move.reason : reason, retryInMs });
      }
      work.wake(MOVE_WORK_CHANNEL);
      await this.#tellServers(work, move);
    });
  }

  /** What the page shows of a draining server has changed. */
  async #tellServers(work: Work, move: Selectable<WorkspaceMove>): Promise<void> {
    if (move.from_server !== null) await appendServerChanged(work, move.from_server);
  }

  /** The fleet is locked before workspaces, and these before their moves. */
  async #change(
    id: MoveId,
    leaseToken: string,
    act: (work: Work, locked: Locked) => Promise<void>,
  ): Promise<void> {
    await this.#options.transact(async (work) => {
      await lockFleetAsItIs(work.tx);
      const workspaceId = await findMoveWorkspace(work.tx, id);
      const workspace = workspaceId && (await lockWorkspaceRow(work.tx, workspaceId));
      const move = await lockLeasedMove(work.tx, id, leaseToken);
      if (move === undefined || !workspace) throw changed();
      await act(work, { move, workspace });
    });
  }
}

function changed(): PodexError {
  return new PodexError('workspace_changed', 'The move was cancelled, or another worker has it by now.', {});
}

/** @throws PodexError conflict. */
function requireTakesMove(
  server: ServerRow | undefined,
  move: Selectable<WorkspaceMove>,
): asserts server is ServerRow {
  if (server === undefined) throw new PodexError('conflict', 'The server is registered no more.', {});
  if (server.id === move.from_server) throw new PodexError('conflict', 'It is there already.', {});
  if (server.admin_status === 'active' && server.observed_status === 'ready') return;
  throw new PodexError('conflict', `${server.name} takes no workspaces at present.`, {});
}

function toMoveTask(row: MoveRow): MoveTask[] {
  const { from_server: from, to_server: to, lease_token: leaseToken } = row;
  if (leaseToken === null) return [];
  const isDone = row.outcome === 'done';
  const step = row.status === 'cleaning' ? 'clean' : 'copy';
  const source = from === null ? null : { server_id: from, storage_key: row.source_key };
  const copy = to === null ? null : { server_id: to, storage_key: row.target_key };
  return [
    {
      id: row.id,
      workspace_id: row.workspace_id,
      lease_token: leaseToken,
      lease_ttl_ms: MOVE_LEASE_MS,
      attempts: row.attempts,
      size: row.size,
      image: row.placed_image ?? row.image,
      region: row.region,
      region_match: row.region_match,
      required_labels: row.required_labels,
      source,
      target_key: row.target_key,
      target_server: to,
      step,
      leftover: step === 'copy' ? null : isDone ? source : copy,
    },
  ];
}
