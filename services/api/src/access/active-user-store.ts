import { type RawBuilder, sql } from 'kysely';

/**
 * Whether a user may do anything at all: neither suspended nor deleted. The one predicate that sign-in, every credential, everything
 * open and every workspace that shall run take.
 *
 * @param user name of the table "user" in the statement.
 */
export function isActiveUser(user = 'user'): RawBuilder<boolean> {
  return sql<boolean>`(${sql.ref(`${user}.suspended_at`)} is null and ${sql.ref(`${user}.deleted_at`)} is null)`;
}
