import type { Share, ShareRole } from '@podex/contracts/access';
import { PodexError } from '@podex/contracts/errors';
import type { UserId, WorkspaceId } from '@podex/contracts/ids';
import { appendAccessChanged } from '../../access/access-events.ts';
import { getPerson, listPeople } from '../../access/people-store.ts';
import { findRelation } from '../../access/relation-store.ts';
import { type AuditFact, appendAudit } from '../../audit/append-audit.ts';
import type { Call } from '../../calls/call.ts';
import { CREDENTIALS_CHANNEL } from '../../connections/credentials-channel.ts';
import type { Db } from '../../database/connect.ts';
import type { Transact, Work } from '../../database/transact.ts';
import { requireNoOwnSecretsInside } from '../record/secret-owners.ts';
import { redeliverSecrets } from '../record/workspace-environment-store.ts';
import { WORKSPACE_WORK_CHANNEL } from '../record/workspace-events.ts';
import type { WorkspaceRow } from '../record/workspace-store.ts';
import { lockOwnWorkspace } from '../workspaces.ts';
import { deleteShare, listShares, type ShareRow, setShare, updateShare } from './share-store.ts';

/** A change of a workspace is told to each of them. */
const SHARES_MAX = 100;

/** With whom a workspace is shared, and as what. Whether the caller may change that, the door has decided. */
export class ShareService {
  readonly #db: Db;
  readonly #transact: Transact;

  constructor({ db, transact }: { db: Db; transact: Transact }) {
    this.#db = db;
    this.#transact = transact;
  }

  async list(id: WorkspaceId): Promise<{ items: Share[]; next: null }> {
    return { items: (await listShares(this.#db, id)).map(presentShare), next: null };
  }

  /** Shares it again as something else with who has it already. @throws PodexError user_not_found, conflict, limit_reached. */
  async create(
    id: WorkspaceId,
    { email, role }: { email: string; role: ShareRole },
    call: Call,
  ): Promise<Share> {
    return this.#change(id, call, async (work, row) => {
      const person = await getPerson(work.tx, email);
      const shares = await listShares(work.tx, id);
      const before = shares.find((share) => share.user_id === person.id);
      const held = await findRelation(
        work.tx,
        { userId: person.id, workspaceIds: undefined },
        'workspace',
        id,
      );
      if (held?.relation === 'owner') throw hasItAlready(person.name);
      if (before === undefined && shares.length >= SHARES_MAX) throw tooMany();
      requireNoOwnSecretsInside(row);
      await setShare(work.tx, id, { userId: person.id, role, sharedBy: call.actor.userId });
      const target = { user_id: person.id, email: person.email };
      appendAudit(
        work,
        call,
        shareFact('workspace.shared', id, target, { role, before: before?.role ?? null }),
      );
      return find(await listShares(work.tx, id), person.id);
    });
  }

  /** @throws PodexError share_not_found. */
  async update(id: WorkspaceId, userId: UserId, { role }: { role: ShareRole }, call: Call): Promise<Share> {
    return this.#change(id, call, async (work) => {
      const before = findRow(await listShares(work.tx, id), userId);
      if (!(await updateShare(work.tx, id, userId, role))) throw notFound();
      appendAudit(work, call, shareFact('workspace.shared', id, before, { role, before: before.role }));
      return find(await listShares(work.tx, id), userId);
    });
  }

  /** @throws PodexError share_not_found. */
  async delete(id: WorkspaceId, userId: UserId, call: Call): Promise<void> {
    await this.#change(id, call, async (work) => {
      const before = findRow(await listShares(work.tx, id), userId);
      if (!(await deleteShare(work.tx, id, userId))) throw notFound();
      const hasLeft = userId === call.actor.userId;
      appendAudit(
        work,
        call,
        shareFact('workspace.unshared', id, before, { role: before.role, left: hasLeft }),
      );
    });
  }

  /** @throws PodexError share_not_found for who has it by something else than a share. */
  async leave(id: WorkspaceId, call: Call): Promise<void> {
    await this.delete(id, call.actor.userId, call);
  }

  /** Tells everyone who has it, had it or has it now; what rests on an old share ends. */
  #change<Result>(
    id: WorkspaceId,
    call: Call,
    act: (work: Work, row: WorkspaceRow) => Promise<Result>,
  ): Promise<Result> {
    return this.#transact(async (work) => {
      const row = await lockOwnWorkspace(work, call, id);
      const before = await listPeople(work.tx, id);
      const result = await act(work, row);
      // The owner’s own secrets go only where nobody else gets in.
      if (await redeliverSecrets(work.tx, { kind: 'workspace', id })) work.wake(WORKSPACE_WORK_CHANNEL);
      const people = new Set([...before, ...(await listPeople(work.tx, id))]);
      await appendAccessChanged(work, [...people], { workspaceId: id });
      work.wake(CREDENTIALS_CHANNEL);
      return result;
    });
  }
}

function find(shares: readonly ShareRow[], userId: UserId): Share {
  return presentShare(findRow(shares, userId));
}

function findRow(shares: readonly ShareRow[], userId: UserId): ShareRow {
  const share = shares.find((one) => one.user_id === userId);
  if (share === undefined) throw notFound();
  return share;
}

function shareFact(
  action: AuditFact['action'],
  id: WorkspaceId,
  person: Pick<ShareRow, 'user_id' | 'email'>,
  details: NonNullable<AuditFact['details']>,
): AuditFact {
  return {
    action,
    target: { kind: 'user', id: person.user_id, name: person.email },
    workspaceId: id,
    details,
  };
}

function presentShare(row: ShareRow): Share {
  return {
    user_id: row.user_id,
    name: row.name,
    email: row.email,
    role: row.role,
    shared_at: row.shared_at.toISOString(),
  };
}

function notFound(): PodexError {
  return new PodexError('share_not_found', 'The workspace is not shared with this person.', {});
}

function hasItAlready(name: string): PodexError {
  const message = `${name} owns this workspace already.`;
  return new PodexError('conflict', message, {});
}

function tooMany(): PodexError {
  const message = `A workspace can be shared with ${SHARES_MAX} people. Move it to a team instead.`;
  return new PodexError('limit_reached', message, { limit: 'shares_per_workspace', max: SHARES_MAX });
}
