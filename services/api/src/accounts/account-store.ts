import type { Tx } from '../database/connect.ts';

// Ends ways to sign in; all else of table account is written by better-auth.

type UnlinkResult = 'unlinked' | 'no_such_account' | 'last_account';

/**
 * Deletes one of a person’s ways to sign in, unless it is the last that is of use. The row of the person is locked meanwhile: of two
 * requests at once, the later one sees what the earlier one left.
 */
export async function unlinkAccount(
  tx: Tx,
  userId: string,
  accountId: string,
  isUsable: (providerId: string) => boolean,
): Promise<UnlinkResult> {
  await tx.selectFrom('user').select('id').where('id', '=', userId).forNoKeyUpdate().execute();
  const accounts = await tx
    .selectFrom('account')
    .select(['id', 'provider_id'])
    .where('user_id', '=', userId)
    .execute();
  if (!accounts.some(({ id }) => id === accountId)) return 'no_such_account';
  if (!accounts.some(({ id, provider_id }) => id !== accountId && isUsable(provider_id)))
    return 'last_account';
  await tx.deleteFrom('account').where('id', '=', accountId).execute();
  return 'unlinked';
}

export async function findProviderOfAccount(
  tx: Tx,
  userId: string,
  accountId: string,
): Promise<string | undefined> {
  const account = await tx
    .selectFrom('account')
    .select('provider_id')
    .where('user_id', '=', userId)
    .where('id', '=', accountId)
    .executeTakeFirst();
  return account?.provider_id;
}
