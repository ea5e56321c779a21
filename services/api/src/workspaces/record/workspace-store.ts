import type { WorkspaceRelation } from '@podex/contracts/access';
import { newId, type TeamId, type UserId, type WorkspaceId } from '@podex/contracts/ids';
import type { NetworkPolicyInput } from '@podex/contracts/network-policies';
import type { PageQuery } from '@podex/contracts/pagination';
import type { RequiredLabels } from '@podex/contracts/placement';
import type {
  CreateWorkspaceInput,
  DesiredStatus,
  SharedPort,
  UpdateWorkspaceInput,
} from '@podex/contracts/workspaces';
import { type Selectable, sql } from 'kysely';
import {
  canSeeWorkspace,
  relationToWorkspace,
  type Viewer,
  visiblePage,
} from '../../access/visible-workspace-store.ts';
import type { Db, Tx } from '../../database/connect.ts';
import type { Server, Workspace } from '../../database/generated/rows.ts';
import { prepare } from '../../database/prepared.ts';
import { toJson } from '../../database/storable.ts';
import type { SlotRow } from '../../pool/pool-store.ts';
import { stopsAt } from './idle-store.ts';
import { sharedPorts } from './open-port-store.ts';

// Owns table: workspace, as its owner sees it (workspace-work-store.ts: as compute does).

/** A workspace with what its server tells about it. */
export type WorkspaceRow = Selectable<Workspace> & {
  server_observed_status: Selectable<Server>['observed_status'] | null;
  /** Unless it is used before. */
  stops_at: Date | null;
};

/** One as a viewer may see it. */
export type ViewedWorkspaceRow = WorkspaceRow & { relation: WorkspaceRelation; ports: SharedPort[] };

const LISTED = [
  'id',
  'name',
  'owner_id',
  'team_id',
  'desired_status',
  'status',
  'reason',
  'server_id',
  'region',
  'region_match',
  'required_labels',
  'size',
  'placed_image',
  'image',
  'git_url',
  'branch',
  'setup_step',
  'setup_status',
  'setup_reason',
  'started_from',
  'created_at',
  'last_active_at',
  'idle_timeout_seconds',
  'auto_start',
  'network_mode',
  'stop_reason',
  'placed_size',
  'daemon_update',
] as const;

/** What people are shown of one. */
export type ListedWorkspaceRow = Pick<
  ViewedWorkspaceRow,
  (typeof LISTED)[number] | 'server_observed_status' | 'stops_at' | 'relation' | 'ports'
>;

export function selectWorkspaces(db: Db | Tx) {
  return db
    .selectFrom('workspace')
    .leftJoin('server', 'server.id', 'workspace.server_id')
    .selectAll('workspace')
    .select(['server.observed_status as server_observed_status', stopsAt.as('stops_at')]);
}

export interface NewWorkspace {
  id: WorkspaceId;
  ownerId: UserId;
  teamId: TeamId | undefined;
  storageKey: string;
  input: CreateWorkspaceInput;
  network: NetworkPolicyInput;
  /** The warm container that it takes over, with its place on the server. */
  slot: SlotRow | undefined;
}

export async function insertWorkspace(
  tx: Tx,
  { id, ownerId, teamId, storageKey, input, network, slot }: NewWorkspace,
): Promise<void> {
  await tx
    .insertInto('workspace')
    .values({
      id,
      owner_id: ownerId,
      team_id: teamId ?? null,
      storage_key: storageKey,
      name: input.name,
      size: input.size,
      image: input.image ?? null,
      git_url: input.git_url ?? null,
      branch: input.branch ?? null,
      idle_timeout_seconds: input.idle_timeout_seconds ?? null,
      auto_start: input.auto_start,
      network_mode: network.mode,
      network_allow: toJson(network.allow),
      network_pending: network.mode !== 'open',
      region: input.region ?? null,
      region_match: input.region_match,
      required_labels: toJson(input.labels ?? {}),
      started_from: slot === undefined ? 'cold' : 'pool',
      ...(slot === undefined ? {} : { ...placeOf(slot), placed_size: input.size }),
      ...(input.git_url === undefined
        ? {}
        : {
            setup_step: 'clone' as const,
            setup_status: 'running' as const,
            setup_command_id: newId('command'),
          }),
    })
    .execute();
}

function placeOf(slot: SlotRow) {
  return {
    server_id: slot.server_id,
    container_id: slot.container_id,
    placed_image: slot.image,
    reserved_cpu: slot.reserved_cpu,
    reserved_memory_mb: slot.reserved_memory_mb,
  };
}

/** One that the viewer may see. */
export async function findWorkspace(
  db: Db | Tx,
  viewer: Viewer,
  id: WorkspaceId,
): Promise<ViewedWorkspaceRow | undefined> {
  return selectViewed(db, viewer).where('workspace.id', '=', id).executeTakeFirst();
}

function selectViewed(db: Db | Tx, viewer: Viewer) {
  return selectWorkspaces(db)
    .select(relationToWorkspace(viewer.userId).$notNull().as('relation'))
    .select(sharedPorts.as('ports'))
    .where(canSeeWorkspace(viewer));
}

/** By its id alone, deleted or not: for events and for waiting on a deletion. */
export async function findWorkspaceById(db: Db | Tx, id: WorkspaceId): Promise<WorkspaceRow | undefined> {
  return selectWorkspaces(db).where('workspace.id', '=', id).executeTakeFirst();
}

/** Sorts after every id. */
const PAST_ALL = 'zzzzzz';

const selectPage = prepare<
  { userId: UserId; workspaceIds: Viewer['workspaceIds']; before: string; count: number },
  ListedWorkspaceRow
>('workspace-page', (db, value) =>
  db
    .selectFrom(
      visiblePage({
        userId: value('userId'),
        workspaceIds: value('workspaceIds'),
        before: value('before'),
        count: value('count'),
      }).as('held'),
    )
    .innerJoin('workspace', 'workspace.id', 'held.workspace_id')
    .leftJoin('server', 'server.id', 'workspace.server_id')
    .select(LISTED.map((column) => `workspace.${column}` as const))
    .select([
      'server.observed_status as server_observed_status',
      'held.relation',
      stopsAt.as('stops_at'),
      sharedPorts.as('ports'),
    ])
    .orderBy('workspace.id', 'desc'),
);

export async function listWorkspaces(
  db: Db,
  { userId, workspaceIds }: Viewer,
  { after = PAST_ALL, limit }: PageQuery,
): Promise<ListedWorkspaceRow[]> {
  return selectPage(db, { userId, workspaceIds, before: after, count: limit + 1 });
}

/** Holds the row to the end of the transaction. @returns false when the viewer may see no such workspace. */
export async function lockWorkspace(tx: Tx, viewer: Viewer, id: WorkspaceId): Promise<boolean> {
  const row = await tx
    .selectFrom('workspace')
    .select('id')
    .where('id', '=', id)
    .where(canSeeWorkspace(viewer))
    .forUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

/** Of anybody, for Podex itself; held to the end of the transaction. */
export async function lockWorkspaceById(tx: Tx, id: WorkspaceId): Promise<WorkspaceRow | undefined> {
  await tx.selectFrom('workspace').select('id').where('id', '=', id).forUpdate().execute();
  return findWorkspaceById(tx, id);
}

/** Gives it to a team, or to a person. */
export async function setHolder(
  tx: Tx,
  id: WorkspaceId,
  holder: { ownerId: UserId; teamId: TeamId | null },
): Promise<void> {
  await tx
    .updateTable('workspace')
    .set({ owner_id: holder.ownerId, team_id: holder.teamId })
    .where('id', '=', id)
    .execute();
}

/** Asks compute for another state: it hands the workspace out again, at once and without the count of earlier failures. */
export async function setDesiredStatus(
  tx: Tx,
  id: WorkspaceId,
  status: DesiredStatus,
  stopReason: string | null,
): Promise<void> {
  await tx
    .updateTable('workspace')
    .set({
      desired_status: status,
      version: sql<number>`version + 1`,
      settled: false,
      attempts: 0,
      interruptions: 0,
      next_attempt_at: sql<Date>`now()`,
      stop_reason: stopReason,
      status_since: sql<Date>`now()`,
      idle_stops_at: null,
      keep_alive_until: null,
      // To start it is to use it.
      ...(status === 'running' ? { last_active_at: sql<Date>`now()` } : {}),
    })
    .where('id', '=', id)
    .execute();
}

/** The container is replaced by a new one at the next start. */
export async function setRebuildOf(tx: Tx, id: WorkspaceId, containerId: string): Promise<void> {
  await tx.updateTable('workspace').set({ rebuild_of: containerId }).where('id', '=', id).execute();
}

export async function updateWorkspace(
  tx: Tx,
  id: WorkspaceId,
  changes: UpdateWorkspaceInput,
  labels: RequiredLabels,
): Promise<void> {
  const set = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  if (Object.keys(set).length === 0) return;
  await tx
    .updateTable('workspace')
    .set({ ...set, required_labels: toJson(labels) })
    .where('id', '=', id)
    .execute();
}
