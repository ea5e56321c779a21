import { randomUUID } from 'node:crypto';
import { PodexError } from '@podex/contracts/errors';
import { newId, type TeamId, type UserId, type WorkspaceId, workspaceId } from '@podex/contracts/ids';
import type { NetworkPolicyInput } from '@podex/contracts/network-policies';
import type { PageQuery } from '@podex/contracts/pagination';
import type { RequiredLabels } from '@podex/contracts/placement';
import type {
  CreateWorkspaceInput,
  RebuildPreview,
  UpdateWorkspaceInput,
  Workspace,
} from '@podex/contracts/workspaces';
import { appendAccessChanged } from '../access/access-events.ts';
import { listPeople } from '../access/people-store.ts';
import { requireTeamMember } from '../access/team-membership.ts';
import type { Bus } from '../bus/bus.ts';
import type { Call } from '../calls/call.ts';
import { createOnce } from '../calls/idempotency-store.ts';
import { toPage } from '../calls/pages.ts';
import { RATE_LIMITS, requireBelow } from '../calls/rate-limits.ts';
import { CREDENTIALS_CHANNEL } from '../connections/credentials-channel.ts';
import type { Db, Tx } from '../database/connect.ts';
import type { Transact, Work } from '../database/transact.ts';
import { topicChannel, topicOf } from '../events/topics.ts';
import type { Wakeups } from '../events/wakeup.ts';
import { POOL_CHANNEL } from '../pool/pool-channel.ts';
import { claimSlot } from '../pool/pool-store.ts';
import { holderOf } from '../quotas/holder.ts';
import type { Quotas } from '../quotas/quotas.ts';
import { deleteSecretsOf } from '../secrets/secret-store.ts';
import type { SecretVault } from '../secrets/secret-vault.ts';
import { holdTeam } from '../teams/team-store.ts';
import { cancelMove } from './moves/moves.ts';
import { readIdlePolicy } from './record/idle-store.ts';
import { labelsAfterImage, withLabelsOfImage } from './record/image-labels.ts';
import { requireAllowedImage } from './record/image-rules.ts';
import {
  defaultNetworkPolicy,
  type NetworkSettings,
  requireAllowedPolicy,
} from './record/network-policy-rules.ts';
import { raiseNetworkRevision } from './record/network-policy-store.ts';
import { previewRebuild } from './record/rebuild.ts';
import { requireNoOwnSecretsInside } from './record/secret-owners.ts';
import { labelsWanted } from './record/team-labels.ts';
import { appendWorkspaceAudit } from './record/workspace-audit.ts';
import { redeliverSecrets } from './record/workspace-environment-store.ts';
import { appendWorkspaceChanged, WORKSPACE_WORK_CHANNEL } from './record/workspace-events.ts';
import {
  findWorkspace,
  insertWorkspace,
  listWorkspaces,
  lockWorkspace,
  setDesiredStatus,
  setHolder,
  setRebuildOf,
  updateWorkspace,
  type ViewedWorkspaceRow,
  type WorkspaceRow,
} from './record/workspace-store.ts';
import { presentWorkspace } from './record/workspace-view.ts';

export interface WorkspaceServiceOptions {
  db: Db;
  bus: Pick<Bus, 'hit'>;
  wakeups: Wakeups;
  transact: Transact;
  quotas: Quotas;
  vault: SecretVault;
  /** Patterns of the images that workspaces may name. */
  allowedImages: () => readonly string[];
  /** What the server of one must have; null: the platform’s own image. */
  labelsOfImage: (image: string | null) => RequiredLabels;
  networkSettings: () => NetworkSettings;
  /** Ends the turns of a workspace that is being deleted, in the same transaction. */
  cancelTurns: (work: Work, id: WorkspaceId) => Promise<void>;
}

function notFound(): PodexError {
  return new PodexError('workspace_not_found', 'There is no such workspace.', {});
}

/** @throws PodexError workspace_not_found when it is another’s, deleted, or was never there: nobody learns which. */
export async function getOwnWorkspace(
  db: Db | Tx,
  actor: Call['actor'],
  id: WorkspaceId,
): Promise<ViewedWorkspaceRow> {
  const row = await findWorkspace(db, actor, id);
  if (row === undefined) throw notFound();
  return row;
}

/**
 * Holds the row, so that two requests on one workspace happen one after the other; the caller may still do what they ask for.
 *
 * @throws PodexError workspace_not_found, forbidden.
 */
export async function lockOwnWorkspace(
  work: Work,
  { actor, requireStill }: Pick<Call, 'actor' | 'requireStill'>,
  id: WorkspaceId,
): Promise<ViewedWorkspaceRow> {
  if (!(await lockWorkspace(work.tx, actor, id))) throw notFound();
  await requireStill(work.tx);
  return getOwnWorkspace(work.tx, actor, id);
}

/**
 * Wants a workspace that the caller has locked running, for a person who is about to use it. Nothing to do when it runs already or
 * is on its way.
 *
 * @throws PodexError limit_reached, user_suspended.
 */
export async function wantRunning(work: Work, quotas: Quotas, call: Call, row: WorkspaceRow): Promise<void> {
  if (row.desired_status === 'running' && !(row.settled && row.status !== 'running')) return;
  await quotas.requireRoomToRun(work.tx, holderOf(row, call.actor.userId), row);
  await changeDesiredStatus(work, row.id, 'running');
  appendWorkspaceAudit(work, call, row, 'workspace.started');
}

/** Asks for a state, for a person or for Podex itself, and tells the owner and compute. What is deleted loses its secrets at once. */
export async function changeDesiredStatus(
  work: Work,
  id: WorkspaceId,
  status: 'running' | 'paused' | 'stopped' | 'deleted',
  stopReason: string | null = null,
): Promise<void> {
  await setDesiredStatus(work.tx, id, status, stopReason);
  if (status === 'deleted') await deleteSecretsOf(work.tx, { kind: 'workspace', id });
  await appendWorkspaceChanged(work, id);
  work.wake(WORKSPACE_WORK_CHANNEL);
}

/** A paused one keeps its memory. */
function holdsRoom({ desired_status: desired }: WorkspaceRow): boolean {
  return desired === 'running' || desired === 'paused';
}

/** @throws PodexError limit_reached when the platform allows no timeout that is as long. */
async function requireAllowedTimeout(tx: Tx, seconds: number | null | undefined): Promise<void> {
  if (seconds === null || seconds === undefined) return;
  const { timeoutSeconds: max, mayBeNever } = await readIdlePolicy(tx);
  if (mayBeNever || max === 0 || (seconds > 0 && seconds <= max)) return;
  throw new PodexError(
    'limit_reached',
    `Workspaces are stopped after at most ${max} seconds without use here. Set a shorter timeout, or ask an admin.`,
    { limit: 'workspace_idle_timeout_seconds', max },
  );
}

/** The team is not deleted meanwhile. @throws PodexError team_not_found, forbidden. */
async function requireMemberOfHeld(tx: Tx, userId: UserId, id: TeamId): Promise<void> {
  await holdTeam(tx, id);
  await requireTeamMember(tx, userId, id);
}

/** What people do with workspaces; whether they may, the door has decided. Reality follows: compute is handed the workspace and says what it saw. */
export class WorkspaceService {
  readonly #options: WorkspaceServiceOptions;
  readonly #db: Db;
  readonly #transact: Transact;

  constructor(options: WorkspaceServiceOptions) {
    this.#options = options;
    this.#db = options.db;
    this.#transact = options.transact;
  }

  /** @throws PodexError image_not_allowed, limit_reached, rate_limited, team_not_found, forbidden, secrets_not_configured. */
  async create(input: CreateWorkspaceInput, waitMs: number, call: Call): Promise<Workspace> {
    const { bus, allowedImages } = this.#options;
    await requireBelow(bus, RATE_LIMITS.creationsOfUser, call.actor.userId);
    if (input.image !== undefined) requireAllowedImage(input.image, allowedImages());
    const id = await this.#transact((work) => {
      const newWorkspace = newId('workspace');
      return createOnce(work.tx, call, { id: newWorkspace, schema: workspaceId }, () =>
        this.#insert(work, newWorkspace, input, call),
      );
    });
    return this.#waitSettled(id, waitMs, call);
  }

  async #insert(work: Work, id: WorkspaceId, input: CreateWorkspaceInput, call: Call): Promise<void> {
    const { tx, wake } = work;
    const { quotas, vault } = this.#options;
    const ownerId = call.actor.userId;
    const { team_id: teamId, env = {} } = input;
    if (teamId !== undefined) await requireMemberOfHeld(tx, ownerId, teamId);
    const ofImage = this.#options.labelsOfImage(input.image ?? null);
    const labels = withLabelsOfImage(await labelsWanted(tx, input), ofImage);
    const holder = holderOf({ owner_id: ownerId, team_id: teamId ?? null }, ownerId);
    await quotas.requireRoomForWorkspace(tx, holder, { size: input.size, runs: true });
    await requireAllowedTimeout(tx, input.idle_timeout_seconds);
    const { image = null, region = null, region_match: regionMatch } = input;
    const slot = await claimSlot(tx, { image, size: input.size, region, regionMatch, labels });
    const storageKey = slot?.storage_key ?? randomUUID();
    const network = this.#networkOfNew(input);
    await insertWorkspace(tx, {
      id,
      ownerId,
      teamId,
      storageKey,
      input: { ...input, labels },
      network,
      slot,
    });
    if (slot !== undefined && network.mode !== 'open') await raiseNetworkRevision(tx);
    if (Object.keys(env).length > 0) await vault.setAll(tx, { kind: 'workspace', id }, env);
    await appendWorkspaceChanged(work, id);
    appendWorkspaceAudit(work, call, { id, name: input.name, team_id: teamId ?? null }, 'workspace.created', {
      size: input.size,
      image,
      network: network.mode,
    });
    wake(WORKSPACE_WORK_CHANNEL);
    if (slot !== undefined) wake(POOL_CHANNEL);
  }

  async list(page: PageQuery, { actor }: Call): Promise<{ items: Workspace[]; next: string | null }> {
    return toPage(await listWorkspaces(this.#db, actor, page), page.limit, presentWorkspace);
  }

  async get(id: WorkspaceId, { actor }: Call): Promise<Workspace> {
    return presentWorkspace(await getOwnWorkspace(this.#db, actor, id));
  }

  async update(id: WorkspaceId, input: UpdateWorkspaceInput, call: Call): Promise<Workspace> {
    await this.#change(id, call, async (work, row) => {
      if (input.size !== undefined) {
        await this.#options.quotas.requireRoomForSize(work.tx, holderOf(row, call.actor.userId), {
          id,
          from: row.size,
          to: input.size,
          runs: holdsRoom(row),
        });
      }
      await requireAllowedTimeout(work.tx, input.idle_timeout_seconds);
      if (input.image) requireAllowedImage(input.image, this.#options.allowedImages());
      const ofImage = input.image === undefined ? {} : this.#options.labelsOfImage(input.image);
      const labels = await labelsAfterImage(work.tx, row, ofImage);
      await updateWorkspace(work.tx, id, input, labels);
      await appendWorkspaceChanged(work, id);
      appendWorkspaceAudit(work, call, row, 'workspace.changed', {
        name: input.name ?? row.name,
        size: input.size ?? row.size,
      });
    });
    return presentWorkspace(await getOwnWorkspace(this.#db, call.actor, id));
  }

  async start(id: WorkspaceId, waitMs: number, call: Call): Promise<Workspace> {
    await this.#change(id, call, (work, row) => wantRunning(work, this.#options.quotas, call, row));
    return this.#waitSettled(id, waitMs, call);
  }

  async previewRebuild(id: WorkspaceId, { actor }: Call): Promise<RebuildPreview> {
    return previewRebuild(await getOwnWorkspace(this.#db, actor, id));
  }

  /**
   * Makes its container again around its files, and starts it. Nothing more happens while that is on its way.
   *
   * @throws PodexError conflict while it is being restarted; limit_reached, user_suspended.
   */
  async rebuild(id: WorkspaceId, waitMs: number, call: Call): Promise<Workspace> {
    await this.#change(id, call, async (work, row) => {
      if (row.rebuild_of !== null && row.desired_status === 'running' && !row.settled) return;
      if (row.ran_at !== null && row.container_id === null) {
        throw new PodexError('conflict', 'The workspace is being restarted. Try again in a moment.', {});
      }
      await this.#options.quotas.requireRoomToRun(work.tx, holderOf(row, call.actor.userId), row);
      if (row.container_id !== null) await setRebuildOf(work.tx, id, row.container_id);
      await changeDesiredStatus(work, id, 'running');
      appendWorkspaceAudit(work, call, row, 'workspace.rebuilt');
    });
    return this.#waitSettled(id, waitMs, call);
  }

  /**
   * For a person who is about to use it: starts it where its owner wants that, and waits for one that is on its way.
   *
   * @throws PodexError workspace_not_running when it does not run after the wait; limit_reached, user_suspended; as the door does.
   */
  async startForUse(id: WorkspaceId, waitMs: number, call: Call): Promise<void> {
    await this.#change(id, call, async (work, row) => {
      const isPaused = row.desired_status === 'paused';
      if (isPaused || (row.auto_start && row.desired_status === 'stopped')) {
        await wantRunning(work, this.#options.quotas, call, row);
      }
    });
    const { status, desired_status: desired } = await this.#waitSettled(id, waitMs, call);
    call.signal.throwIfAborted();
    // It may have been taken away during the wait.
    await this.#transact(({ tx }) => call.requireStill(tx));
    if (status === 'running') return;
    const cure = desired === 'running' ? 'Try again in a moment.' : 'Start it first.';
    throw new PodexError('workspace_not_running', `The workspace is ${status}. ${cure}`, { status });
  }

  async stop(id: WorkspaceId, waitMs: number, call: Call): Promise<Workspace> {
    await this.#change(id, call, async (work, row) => {
      if (row.desired_status === 'stopped') return;
      await changeDesiredStatus(work, id, 'stopped');
      appendWorkspaceAudit(work, call, row, 'workspace.stopped');
    });
    return this.#waitSettled(id, waitMs, call);
  }

  /**
   * Keeps what runs in it as it is, without a processor, until its next use.
   *
   * @throws PodexError workspace_not_running.
   */
  async pause(id: WorkspaceId, waitMs: number, call: Call): Promise<Workspace> {
    await this.#change(id, call, async (work, row) => {
      if (row.desired_status === 'paused') return;
      const { status } = row;
      if (row.desired_status !== 'running' || status !== 'running' || !row.settled) {
        const message = `The workspace is ${status}. Only one that runs can be paused.`;
        throw new PodexError('workspace_not_running', message, { status });
      }
      await changeDesiredStatus(work, id, 'paused');
      appendWorkspaceAudit(work, call, row, 'workspace.paused');
    });
    return this.#waitSettled(id, waitMs, call);
  }

  /** Accepted in every state. It is gone for its owner at once; compute removes container and files. */
  async delete(id: WorkspaceId, call: Call): Promise<void> {
    await this.#change(id, call, async (work, row) => {
      await this.#options.cancelTurns(work, id);
      await changeDesiredStatus(work, id, 'deleted');
      await cancelMove(work, id);
      appendWorkspaceAudit(work, call, row, 'workspace.deleted');
      work.wake(CREDENTIALS_CHANNEL);
    });
  }

  /**
   * To a team in which the caller may make workspaces, or to the caller.
   *
   * @throws PodexError limit_reached, team_not_found, forbidden, conflict.
   */
  async transfer(id: WorkspaceId, teamId: TeamId | null, call: Call): Promise<Workspace> {
    await this.#change(id, call, async (work, row) => {
      if (row.team_id === teamId) return;
      const ownerId = call.actor.userId;
      const before = await listPeople(work.tx, id);
      if (teamId !== null) {
        await requireMemberOfHeld(work.tx, ownerId, teamId);
        requireNoOwnSecretsInside(row);
      }
      await this.#options.quotas.requireRoomForWorkspace(
        work.tx,
        holderOf({ owner_id: ownerId, team_id: teamId }, ownerId),
        { size: row.size, runs: holdsRoom(row) },
      );
      await setHolder(work.tx, id, { ownerId, teamId });
      if (await redeliverSecrets(work.tx, { kind: 'workspace', id })) work.wake(WORKSPACE_WORK_CHANNEL);
      await appendAccessChanged(work, before, { workspaceId: id });
      await appendWorkspaceChanged(work, id);
      appendWorkspaceAudit(work, call, { ...row, team_id: teamId ?? row.team_id }, 'workspace.transferred', {
        from: row.team_id ?? row.owner_id,
        to: teamId ?? ownerId,
      });
      work.wake(CREDENTIALS_CHANNEL);
    });
    return presentWorkspace(await getOwnWorkspace(this.#db, call.actor, id));
  }

  #networkOfNew({ network_policy: wanted }: CreateWorkspaceInput): NetworkPolicyInput {
    const settings = this.#options.networkSettings();
    if (wanted !== undefined) requireAllowedPolicy(wanted, settings);
    return wanted ?? defaultNetworkPolicy(settings);
  }

  #change(id: WorkspaceId, call: Call, act: (work: Work, row: ViewedWorkspaceRow) => Promise<void>) {
    return this.#transact(async (work) => act(work, await lockOwnWorkspace(work, call, id)));
  }

  /** Waits until what is wanted was reached or given up, then answers what is true; that is no error after `waitMs` either. */
  async #waitSettled(id: WorkspaceId, waitMs: number, { actor, signal }: Call): Promise<Workspace> {
    using wakeup = this.#options.wakeups.on([topicChannel(topicOf.workspace(id))]);
    const deadline = performance.now() + waitMs;
    for (let isOver = false; ; ) {
      const row = await getOwnWorkspace(this.#db, actor, id);
      const remainingMs = deadline - performance.now();
      if (row.settled || remainingMs <= 0 || isOver) return presentWorkspace(row);
      isOver = (await wakeup.wait({ signal, timeoutMs: remainingMs })) === 'over';
    }
  }
}
