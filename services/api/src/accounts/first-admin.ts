import { userId } from '@podex/contracts/ids';
import type { Logger } from '@podex/service-kit/logger';
import { ConfigError } from '@podex/service-kit/variables';
import { appendAudit, SYSTEM } from '../audit/append-audit.ts';
import type { Db } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import type { Auth } from './auth.ts';
import { weaknessOf } from './password-strength.ts';
import { lockAdmins } from './standing-store.ts';
import { deleteTokensOfUser } from './token-store.ts';
import { hasAdmin, setAdmin } from './user-store.ts';

export interface FirstAdminOptions {
  db: Db;
  auth: Auth;
  admin: { email: string; password: string };
  logger: Logger;
  transact: Transact;
}

/**
 * Makes the first admin while there is none. An account that already has the address becomes the admin with this password; its old
 * password, sessions, tokens and sign-in providers end, because the person who signed up with the address first need not be its owner.
 *
 * @throws ConfigError when ADMIN_PASSWORD is one that everybody guesses first.
 */
export async function ensureFirstAdmin({
  db,
  auth,
  admin,
  logger,
  transact,
}: FirstAdminOptions): Promise<void> {
  await db.transaction().execute(async (tx) => {
    // Of several processes that start at once, one makes the first admin.
    await lockAdmins(tx);
    if (await hasAdmin(tx)) return;
    const weakness = weaknessOf(admin.password, { email: admin.email });
    if (weakness !== undefined) throw new ConfigError('api', [`ADMIN_PASSWORD: ${weakness}`]);
    const { internalAdapter, password } = await auth.$context;
    const email = admin.email.toLowerCase();
    const hash = await password.hash(admin.password);
    const existing = await internalAdapter.findUserByEmail(email, { includeAccounts: true });
    const id = existing?.user.id ?? (await createUser(auth, email));
    if (existing?.accounts.some((account) => account.providerId === 'credential')) {
      await internalAdapter.updatePassword(id, hash);
    } else {
      await internalAdapter.linkAccount({
        userId: id,
        providerId: 'credential',
        accountId: id,
        password: hash,
      });
    }
    if (existing) {
      await internalAdapter.deleteUserSessions(id);
      for (const { id: accountId, providerId } of existing.accounts) {
        if (providerId !== 'credential') await internalAdapter.deleteAccount(accountId);
      }
      await deleteTokensOfUser(db, userId.parse(id));
    }
    await setAdmin(db, userId.parse(id));
    await transact(async (work) =>
      appendAudit(work, SYSTEM, {
        action: 'user.role_changed',
        target: { kind: 'user', id, name: email },
        details: { role: 'admin', is_first_admin: true },
      }),
    );
    logger.info({ user_id: id, created: existing === null }, 'accounts.first_admin');
  });
}

async function createUser(auth: Auth, email: string): Promise<string> {
  const { internalAdapter } = await auth.$context;
  const user = await internalAdapter.createUser(
    { email, name: email.split('@')[0] ?? email, role: 'user' },
    { method: 'email-password' },
  );
  return user.id;
}
