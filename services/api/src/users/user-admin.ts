import { randomBytes } from 'node:crypto';
import { PodexError } from '@podex/contracts/errors';
import type { UserId } from '@podex/contracts/ids';
import { countOf } from '@podex/contracts/text';
import type {
  DeleteUserQuery,
  ListUsersQuery,
  ManagedUser,
  ManagedUserDetail,
  PasswordResetLink,
  SignOutUserInput,
  UpdateUserInput,
} from '@podex/contracts/users';
import type { Auth } from '../accounts/auth.ts';
import { requireLasting } from '../accounts/lasting-credential.ts';
import {
  deleteResetLinksOfUser,
  deleteSessionsOfUser,
  hasOtherActiveAdmin,
  type LockedUser,
  lockAdmins,
  lockUsers,
  revokeInvitationsBy,
  setRestored,
  updateUserRow,
} from '../accounts/standing-store.ts';
import { deleteTokensOfUser } from '../accounts/token-store.ts';
import { type AuditFact, appendAudit } from '../audit/append-audit.ts';
import type { Call } from '../calls/call.ts';
import { toPage } from '../calls/pages.ts';
import { CREDENTIALS_CHANNEL } from '../connections/credentials-channel.ts';
import type { Db, Tx } from '../database/connect.ts';
import type { Transact, Work } from '../database/transact.ts';
import { countHoldings, findUserRow, listUserRows, lockOwnedWorkspaces } from './managed-user-store.ts';
import { presentManagedUser } from './managed-user-view.ts';
import { endUser, type Inheritance, suspendUser } from './user-ending.ts';

const RESET_LINK_MS = 60 * 60_000;

export interface UserAdminOptions {
  db: Db;
  transact: Transact;
  auth: Auth;
  frontendOrigin: string;
}

/** What admins do with users. There is always an active admin left. */
export class UserAdmin {
  readonly #options: UserAdminOptions;
  readonly #db: Db;
  readonly #transact: Transact;

  constructor(options: UserAdminOptions) {
    this.#options = options;
    this.#db = options.db;
    this.#transact = options.transact;
  }

  async list(query: ListUsersQuery): Promise<{ items: ManagedUser[]; next: string | null }> {
    return toPage(await listUserRows(this.#db, query), query.limit, presentManagedUser);
  }

  /** Deleted ones too. @throws PodexError user_not_found. */
  async get(id: UserId): Promise<ManagedUserDetail> {
    const row = await findUserRow(this.#db, id);
    if (row === undefined) throw userNotFound();
    return { ...presentManagedUser(row), ...(await countHoldings(this.#db, id)) };
  }

  /**
   * Everything that is asked for, or nothing. What is so already is left as it is.
   *
   * @throws PodexError user_not_found, last_admin, conflict for an admin who would suspend themselves; forbidden for a role by a JWT.
   */
  async update(id: UserId, { name, role, status }: UpdateUserInput, call: Call): Promise<ManagedUserDetail> {
    if (role !== undefined) requireLasting(call.actor);
    await this.#change(id, call, async (work, user) => {
      const isDemoted = role === 'user' && user.role === 'admin';
      const isSuspended = status === 'suspended' && user.suspended_at === null;
      if (status === 'suspended') requireAnother(id, call, 'suspend');
      if (isDemoted || isSuspended) await requireNotLastAdmin(work.tx, user);
      await updateUserRow(work.tx, id, { name, role });
      if (isDemoted) await revokeInvitationsBy(work.tx, id);
      if (isSuspended) await suspendUser(work, id, call);
      if (status === 'active') await setRestored(work.tx, id);
      for (const fact of factsOf(user, { name, role, status })) appendAudit(work, call, fact);
      work.wake(CREDENTIALS_CHANNEL);
    });
    return this.get(id);
  }

  /** @throws PodexError user_not_found, last_admin, conflict when it is not said what becomes of workspaces. */
  async delete(id: UserId, query: DeleteUserQuery, call: Call): Promise<void> {
    requireAnother(id, call, 'delete');
    await this.#change(
      id,
      call,
      async (work, user, others) => {
        await requireNotLastAdmin(work.tx, user);
        await endUser(work, call, user, await this.#inheritance(work.tx, id, query, others));
      },
      query.to,
    );
  }

  /** The session or token of an admin who does it to themselves ends too. @throws PodexError user_not_found. */
  async signOut(id: UserId, { tokens }: SignOutUserInput, call: Call): Promise<void> {
    await this.#change(id, call, async (work, user) => {
      await deleteSessionsOfUser(work.tx, id);
      if (tokens) await deleteTokensOfUser(work.tx, id);
      appendAudit(work, call, {
        action: 'session.revoked',
        target: targetOf(user),
        details: { which: 'all', tokens },
      });
      work.wake(CREDENTIALS_CHANNEL);
    });
  }

  /** An earlier link ends. @throws PodexError user_not_found, user_suspended; forbidden for a JWT. */
  async resetPassword(id: UserId, call: Call): Promise<PasswordResetLink> {
    requireLasting(call.actor);
    await this.#change(id, call, async (work, user) => {
      if (!user.is_active) {
        throw new PodexError('user_suspended', 'This user is suspended. Restore them first.', {});
      }
      await deleteResetLinksOfUser(work.tx, id);
      appendAudit(work, call, { action: 'password.reset_requested', target: targetOf(user) });
    });
    const { internalAdapter } = await this.#options.auth.$context;
    const secret = randomBytes(32).toString('base64url');
    const expiresAt = new Date(Date.now() + RESET_LINK_MS);
    // As better-auth’s own requests for a new password make it: its /reset-password takes it, once.
    await internalAdapter.createVerificationValue({
      identifier: `reset-password:${secret}`,
      value: id,
      expiresAt,
    });
    return {
      url: `${this.#options.frontendOrigin}/reset-password#token=${secret}`,
      expires_at: expiresAt.toISOString(),
    };
  }

  /** Runs while who acts, who it is done to and who else takes part stay as they are. */
  async #change(
    id: UserId,
    { actor }: Call,
    act: (work: Work, user: LockedUser, others: ReadonlyMap<UserId, LockedUser>) => Promise<void>,
    ...others: readonly (UserId | undefined)[]
  ): Promise<void> {
    await this.#transact(async (work) => {
      await lockAdmins(work.tx);
      const ids = [id, actor.userId, ...others].filter((one) => one !== undefined);
      const users = await lockUsers(work.tx, ids);
      const admin = users.get(actor.userId);
      if (admin?.role !== 'admin' || !admin.is_active) {
        throw new PodexError('forbidden', 'You are not an admin any more. Ask another admin.', {});
      }
      const user = users.get(id);
      if (user === undefined) throw userNotFound();
      await act(work, user, users);
    });
  }

  async #inheritance(
    tx: Tx,
    id: UserId,
    { workspaces, to }: DeleteUserQuery,
    users: ReadonlyMap<UserId, LockedUser>,
  ): Promise<Inheritance> {
    if (workspaces === undefined) {
      const { length } = await lockOwnedWorkspaces(tx, id);
      if (length === 0) return { workspaces: 'delete' };
      const message = `This user has ${countOf(length, 'workspace')}. Say workspaces=delete, or workspaces=transfer and to whom.`;
      throw new PodexError('conflict', message, { reason: 'user_has_workspaces' });
    }
    if (workspaces === 'delete') return { workspaces };
    if (to === undefined || to === id) {
      const issues = ['to: must be the id of another user'];
      throw new PodexError('invalid_request', 'Say in `to` which other user gets the workspaces.', {
        issues,
      });
    }
    if (users.get(to)?.is_active === true) return { workspaces, to };
    const message =
      'The user who is to get the workspaces is suspended, deleted or was never there. Choose another.';
    throw new PodexError('conflict', message, { reason: 'heir_not_active' });
  }
}

/**
 * Call it under `lockAdmins`, so that of two who are demoted at once one stays.
 *
 * @throws PodexError last_admin.
 */
export async function requireNotLastAdmin(
  tx: Tx,
  user: Pick<LockedUser, 'id' | 'role' | 'is_active'>,
): Promise<void> {
  if (user.role !== 'admin' || !user.is_active || (await hasOtherActiveAdmin(tx, user.id))) return;
  throw new PodexError('last_admin', 'This is the last active admin. Make another user an admin first.', {});
}

function requireAnother(id: UserId, { actor }: Call, verb: 'suspend' | 'delete'): void {
  if (id !== actor.userId) return;
  const cure = verb === 'delete' ? 'Delete your account on your account page.' : 'Ask another admin to.';
  throw new PodexError('conflict', `You can't ${verb} yourself here. ${cure}`, { reason: 'own_account' });
}

/** What of the wanted is a change, as the audit log tells it. */
function factsOf(user: LockedUser, { name, role, status }: UpdateUserInput): AuditFact[] {
  const target = targetOf(user);
  const facts: AuditFact[] = [];
  if (name !== undefined) facts.push({ action: 'user.changed', target, details: { changed: ['name'] } });
  if (role !== undefined && role !== user.role) {
    facts.push({ action: 'user.role_changed', target, details: { before: user.role, after: role } });
  }
  const isSuspended = user.suspended_at !== null;
  if (status === 'suspended' && !isSuspended) facts.push({ action: 'user.suspended', target });
  if (status === 'active' && isSuspended) facts.push({ action: 'user.restored', target });
  return facts;
}

function targetOf({ id, email }: LockedUser) {
  return { kind: 'user', id, name: email } as const;
}

function userNotFound(): PodexError {
  return new PodexError('user_not_found', 'There is no such user.', {});
}
