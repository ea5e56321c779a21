import { randomUUID } from 'node:crypto';
import { PodexError } from '@podex/contracts/errors';
import { type MoveId, newId, type ServerId, type WorkspaceId } from '@podex/contracts/ids';
import type {
  ActiveChoice,
  MoveWorkspaceInput,
  ServerWorkspace,
  WorkspaceMove,
} from '@podex/contracts/moves';
import type { PageQuery } from '@podex/contracts/pagination';
import type { Selectable } from 'kysely';
import type { Call } from '../../calls/call.ts';
import { toPage } from '../../calls/pages.ts';
import type { Db } from '../../database/connect.ts';
import type { Workspace } from '../../database/generated/rows.ts';
import type { Transact, Work } from '../../database/transact.ts';
import { appendServerChanged } from '../../servers/server-events.ts';
import { findServer } from '../../servers/server-store.ts';
import { appendWorkspaceAudit } from '../record/workspace-audit.ts';
import {
  appendWorkspaceChanged,
  MOVE_WORK_CHANNEL,
  WORKSPACE_WORK_CHANNEL,
} from '../record/workspace-events.ts';
import { lockFleetAsItIs, lockWorkspaceRow } from '../record/workspace-work-store.ts';
import { drainStep } from './drain-plan.ts';
import {
  beginCleaning,
  endMove,
  findLatestMove,
  insertMove,
  listMovesOfServer,
  lockOpenMove,
} from './move-store.ts';
import { presentMove } from './move-view.ts';
import {
  holdWorkspace,
  listWorkspacesThere,
  releaseWorkspace,
  unsettleWorkspace,
} from './moved-workspace-store.ts';

export interface MovesOptions {
  db: Db;
  transact: Transact;
}

/** Workspaces on their way between servers, as admins ask for it. */
export class Moves {
  readonly #options: MovesOptions;

  constructor(options: MovesOptions) {
    this.#options = options;
  }

  /** Nothing new happens to one that is on its way already. @throws PodexError workspace_not_found, server_not_found, conflict. */
  async move(id: WorkspaceId, input: MoveWorkspaceInput, call: Call): Promise<WorkspaceMove> {
    await this.#options.transact(async (work) => {
      await lockFleetAsItIs(work.tx);
      const row = await lockWorkspaceRow(work.tx, id);
      if (row === undefined || row.desired_status === 'deleted') throw workspaceNotFound();
      const from = row.server_id;
      if (from === null) {
        throw new PodexError('conflict', 'It has not been on a server yet: there is nothing to move.', {});
      }
      if (input.server !== undefined) await requireTarget(work, input.server, from);
      const open = await lockOpenMove(work.tx, id);
      if (open === undefined) {
        await queueMove(work, { row, from, to: input.server, active: input.active, call });
      } else if (open.status === 'queued' && drainStep(row, input.active) === 'stop') {
        await holdAndStop(work, row, open.id);
      }
      await appendServerChanged(work, from);
    });
    return this.latest(id);
  }

  /** The one under way, or the last one. @throws PodexError workspace_not_found, not_found. */
  async latest(id: WorkspaceId): Promise<WorkspaceMove> {
    const row = await findLatestMove(this.#options.db, id);
    if (row === undefined) throw new PodexError('not_found', 'It was never moved.', {});
    return presentMove(row);
  }

  async listOfServer(
    id: ServerId,
    page: PageQuery,
  ): Promise<{ items: WorkspaceMove[]; next: string | null }> {
    if ((await findServer(this.#options.db, id)) === undefined) throw serverNotFound();
    return toPage(await listMovesOfServer(this.#options.db, id, page), page.limit, presentMove);
  }

  /** Whose files live on the server. */
  async listWorkspaces(
    id: ServerId,
    page: PageQuery,
  ): Promise<{ items: ServerWorkspace[]; next: string | null }> {
    if ((await findServer(this.#options.db, id)) === undefined) throw serverNotFound();
    const rows = await listWorkspacesThere(this.#options.db, id, page);
    return toPage(rows, page.limit, (row) => ({
      id: row.id,
      name: row.name,
      owner: { id: row.owner_id, email: row.owner_email },
      desired_status: row.desired_status,
      status: row.status,
      last_active_at: row.last_active_at.toISOString(),
    }));
  }

  /** Stops what has not begun, and what is being copied: the workspace stays where it is. @throws PodexError conflict. */
  async cancel(id: WorkspaceId, call: Call): Promise<WorkspaceMove> {
    await this.#options.transact(async (work) => {
      const row = await lockWorkspaceRow(work.tx, id);
      if (row === undefined || row.desired_status === 'deleted') throw workspaceNotFound();
      await cancelMove(work, id);
      appendWorkspaceAudit(work, call, row, 'workspace.move_cancelled');
    });
    return this.latest(id);
  }
}

export interface QueueMove {
  row: Selectable<Workspace>;
  from: ServerId;
  to: ServerId | undefined;
  active: ActiveChoice;
  call: Call;
}

/** The caller has locked the workspace, which is not on its way. */
export async function queueMove(work: Work, { row, from, to, active, call }: QueueMove): Promise<void> {
  const step = drainStep(row, active);
  if (step === 'leave') return;
  const id = newId('move');
  await insertMove(work.tx, {
    id,
    workspaceId: row.id,
    fromServer: from,
    toServer: to,
    sourceKey: row.storage_key,
    targetKey: randomUUID(),
    requestedBy: call.actor.userId,
  });
  if (step === 'stop') await holdAndStop(work, row, id);
  appendWorkspaceAudit(work, call, row, 'workspace.move_requested', { from, to: to ?? null, active });
  work.wake(MOVE_WORK_CHANNEL);
}

/** Has a workspace stopped for its move. */
export async function holdAndStop(work: Work, row: Selectable<Workspace>, id: MoveId): Promise<void> {
  if (row.held_by_move !== null) return;
  await holdWorkspace(work.tx, row.id, id);
  await unsettleWorkspace(work.tx, row.id);
  await appendWorkspaceChanged(work, row.id);
  work.wake(WORKSPACE_WORK_CHANNEL);
}

/** Gives a workspace back that a move has held: it runs again if it should. */
export async function releaseHeld(work: Work, id: WorkspaceId): Promise<void> {
  await releaseWorkspace(work.tx, id);
  await appendWorkspaceChanged(work, id);
  work.wake(WORKSPACE_WORK_CHANNEL);
}

/**
 * Ends the move of a workspace that the caller has locked, unless the copy counts already. What was copied is removed later; the
 * worker that copies loses its lease and stops.
 */
export async function cancelMove(work: Work, id: WorkspaceId): Promise<void> {
  const open = await lockOpenMove(work.tx, id);
  if (open === undefined || open.status === 'cleaning') return;
  const isHeld = (await lockWorkspaceRow(work.tx, id))?.held_by_move === open.id;
  const end = { outcome: 'cancelled', reason: null } as const;
  if (open.status === 'queued') await endMove(work.tx, open.id, end);
  else await beginCleaning(work.tx, open.id, { ...end, keepsLease: false });
  if (isHeld) await releaseHeld(work, id);
  if (open.from_server !== null) await appendServerChanged(work, open.from_server);
  work.wake(MOVE_WORK_CHANNEL);
}

async function requireTarget(work: Work, id: ServerId, from: ServerId): Promise<void> {
  const server = await findServer(work.tx, id);
  if (server === undefined) throw serverNotFound();
  if (id === from) throw new PodexError('conflict', `It is on ${server.name} already.`, {});
  if (server.admin_status !== 'active') {
    throw new PodexError('conflict', `${server.name} takes no workspaces: it is ${server.admin_status}.`, {});
  }
}

function workspaceNotFound(): PodexError {
  return new PodexError('workspace_not_found', 'There is no such workspace.', {});
}

function serverNotFound(): PodexError {
  return new PodexError('server_not_found', 'There is no such server.', {});
}
